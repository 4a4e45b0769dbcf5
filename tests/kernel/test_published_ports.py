"""Published ports, seen from everywhere a client may be."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base.errors import ConflictError, InvalidError, UnsupportedError
from pyker.base.home import Home
from pyker.model.port import PortMapping
from pyker.network.attachment import Attachment, attach, release, repair
from pyker.network.bridge import bridge_leases, table_name
from tests.support.networks import HOST, OUTSIDE, Namespace, host, listen, namespaces, reach

pytestmark = [pytest.mark.root, pytest.mark.net]

NAME = "a" * 64
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def silent(text: str) -> None:
    raise AssertionError(f"unexpected warning: {text}")


@pytest.fixture
def outside(home: Home) -> Iterator[Namespace]:
    with host() as outer:
        yield outer


@pytest.fixture
def container(outside: Namespace) -> Iterator[Namespace]:
    with namespaces(1) as (made,):
        yield made


@pytest.fixture
def held() -> Iterator[list[Attachment]]:
    """Attachments whose descriptors are closed at the end, as a supervisor's death would."""
    attachments: list[Attachment] = []
    yield attachments
    for attachment in attachments:
        attachment.abandon()


def publish(
    home: Home, container: Namespace, held: list[Attachment], *ports: PortMapping, name: str = NAME
) -> Attachment:
    held.append(attach(home, name, "bridge", ports, warn=silent))
    held[-1].wire(container.pid)
    return held[-1]


@pytest.fixture(params=["tcp", "udp"])
def server(
    request: pytest.FixtureRequest, home: Home, container: Namespace, held: list[Attachment]
) -> Iterator[socket.socket]:
    """A server on port 80 of a container that publishes it as 8080."""
    publish(home, container, held, PortMapping(80, "", 8080, request.param))
    with listen(container, 80, KINDS[request.param]) as made:
        yield made


def table(home: Home) -> str:
    words = ["nft", "list", "table", "ip", table_name(home)]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_port_is_reached_from_loopback_of_the_host(server: socket.socket) -> None:
    assert reach(server, "127.0.0.1", 8080) == "172.17.0.1"


def test_port_is_reached_from_the_host_by_its_own_address(server: socket.socket) -> None:
    assert reach(server, HOST, 8080)


def test_port_is_reached_from_outside_and_sees_the_real_source(
    server: socket.socket, outside: Namespace
) -> None:
    with outside:
        assert reach(server, HOST, 8080) == OUTSIDE


@pytest.mark.parametrize("address", [HOST, "172.17.0.1"])
def test_port_is_reached_from_another_container(server: socket.socket, home: Home, address: str) -> None:
    with namespaces(1) as (other,):
        attach(home, "b" * 64, "bridge", warn=silent).wire(other.pid)
        with other:
            assert reach(server, address, 8080)


def test_port_is_reached_from_its_own_container(server: socket.socket, container: Namespace) -> None:
    with container:
        assert reach(server, HOST, 8080)


def test_port_is_reached_from_containers_when_bridged_frames_pass_no_iptables(
    server: socket.socket, home: Home, container: Namespace
) -> None:
    switch = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    if switch.exists():  # it came with the module br_netfilter, switched on
        switch.write_text("0")
    with namespaces(1) as (other,):
        attach(home, "b" * 64, "bridge", warn=silent).wire(other.pid)

        for caller in (other, container):
            with caller:
                assert reach(server, HOST, 8080)


def test_port_is_closed_after_release(server: socket.socket, home: Home, outside: Namespace) -> None:
    release(home, NAME)

    with outside:
        assert not reach(server, HOST, 8080)
    assert "8080" not in table(home)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_port_on_loopback_is_for_the_host_alone(
    home: Home, container: Namespace, outside: Namespace, held: list[Attachment], protocol: str
) -> None:
    publish(home, container, held, PortMapping(80, "127.0.0.1", 8080, protocol))
    outside.run("ip", "route", "add", "127.0.0.1/32", "via", HOST, "dev", "out1")
    outside.run("ip", "address", "delete", "127.0.0.1/8", "dev", "lo")
    outside.run("sysctl", "-qw", "net.ipv4.conf.out1.route_localnet=1")
    subprocess.run(["sysctl", "-qw", "net.ipv4.conf.out0.route_localnet=1"], check=True)

    with listen(container, 80, KINDS[protocol]) as server:
        assert reach(server, "127.0.0.1", 8080)
        assert not reach(server, HOST, 8080)
        with outside:
            assert not reach(server, "127.0.0.1", 8080)
            assert not reach(server, HOST, 8080)


def test_port_on_one_address_is_closed_on_others(
    home: Home, container: Namespace, outside: Namespace, held: list[Attachment]
) -> None:
    subprocess.run(["ip", "address", "add", "192.0.2.9/24", "dev", "out0"], check=True)
    publish(home, container, held, PortMapping(80, "192.0.2.9", 8080))

    with listen(container, 80) as server, outside:
        assert reach(server, "192.0.2.9", 8080)
        assert not reach(server, HOST, 8080)


def test_port_in_use_is_dockers_error_and_leaves_nothing(home: Home, outside: Namespace) -> None:
    with listen(None, 8080), pytest.raises(ConflictError) as caught:
        attach(home, NAME, "bridge", (PortMapping(80, "", 8080),), warn=silent)

    assert caught.value.message == "Bind for 0.0.0.0:8080 failed: port is already allocated"
    assert bridge_leases(home).keys() == []


def test_port_is_held_against_other_programs(
    home: Home, container: Namespace, held: list[Attachment]
) -> None:
    publish(home, container, held, PortMapping(80, "", 8080), PortMapping(53, "", 5353, "udp"))

    for port, kind in ((8080, socket.SOCK_STREAM), (5353, socket.SOCK_DGRAM)):
        with pytest.raises(OSError, match="Address already in use"):
            listen(None, port, kind)


def test_udp_client_that_called_too_early_gets_through(
    home: Home, container: Namespace, outside: Namespace, held: list[Attachment]
) -> None:
    attach(home, "b" * 64, "bridge", warn=silent)  # conntrack begins with the table
    with outside:
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with client:
        client.sendto(b"early", (HOST, 8080))
        publish(home, container, held, PortMapping(80, "", 8080, "udp"))
        with listen(container, 80, socket.SOCK_DGRAM) as server:
            client.sendto(b"again", (HOST, 8080))

            assert server.recv(16) == b"again"


def test_port_stays_taken_when_the_supervisor_is_dead(home: Home, outside: Namespace) -> None:
    port = (PortMapping(80, "", 8080),)
    attach(home, NAME, "bridge", port, warn=silent).abandon()

    with pytest.raises(ConflictError, match="port is already allocated"):
        attach(home, "b" * 64, "bridge", port, warn=silent)


def test_port_of_a_dead_container_is_taken_over(
    home: Home, container: Namespace, outside: Namespace, held: list[Attachment]
) -> None:
    port = PortMapping(80, "", 8080)
    dead = attach(home, NAME, "bridge", (port,), warn=silent)
    dead.wire(container.pid)
    dead.abandon()
    leases = bridge_leases(home)
    (key,) = leases.keys()
    leases.write(key, leases.all()[key].replace(maker=(0, 0)))

    with namespaces(1) as (other,):
        held.append(attach(home, "b" * 64, "bridge", (port,), alive=lambda _: False, warn=silent))
        held[-1].wire(other.pid)
        with listen(other, 80) as server, outside:
            assert reach(server, HOST, 8080)


def test_port_zero_is_picked_by_the_kernel(home: Home, container: Namespace, held: list[Attachment]) -> None:
    attachment = publish(home, container, held, PortMapping(80), PortMapping(81))

    numbers = [port.host_port for port in attachment.ports]
    assert len(set(numbers)) == 2
    assert all(32768 <= number <= 60999 for number in numbers)
    ports = attachment.document()["Ports"]
    assert ports == {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(numbers[0])}],
        "81/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(numbers[1])}],
    }


def test_ports_come_back_after_the_ruleset_was_flushed(
    home: Home, server: socket.socket, outside: Namespace
) -> None:
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    with namespaces(1) as (other,):
        attach(home, "b" * 64, "bridge", warn=silent).wire(other.pid)

    with outside:
        assert reach(server, HOST, 8080) == OUTSIDE


def test_release_after_a_flush_is_quiet(home: Home, server: socket.socket) -> None:
    subprocess.run(["nft", "flush", "ruleset"], check=True)

    release(home, NAME)

    assert bridge_leases(home).keys() == []


def test_repair_closes_ports_of_dead_containers(home: Home, server: socket.socket) -> None:
    leases = bridge_leases(home)
    (key,) = leases.keys()
    leases.write(key, leases.all()[key].replace(maker=(0, 0)))

    repair(home, lambda _: False)

    assert "8080" not in table(home)


def test_rules_of_others_are_left_alone(home: Home, container: Namespace, held: list[Attachment]) -> None:
    subprocess.run(["nft", "add table inet foreign; add chain inet foreign mine"], check=True)
    before = subprocess.run(["nft", "list", "table", "inet", "foreign"], check=True, stdout=subprocess.PIPE)

    publish(home, container, held, PortMapping(80, "", 8080))
    release(home, NAME)

    after = subprocess.run(["nft", "list", "table", "inet", "foreign"], check=True, stdout=subprocess.PIPE)
    assert after.stdout == before.stdout


@pytest.mark.parametrize(
    ("port", "error"),
    [
        pytest.param(PortMapping(80, "198.51.100.7", 80), InvalidError, id="not an address of this host"),
        pytest.param(PortMapping(80, "1.2.3", 80), InvalidError, id="not an address"),
        pytest.param(PortMapping(80, "::1", 80), UnsupportedError, id="IPv6"),
        pytest.param(PortMapping(80, "", 80, "sctp"), UnsupportedError, id="sctp"),
        pytest.param(PortMapping(0, "", 80), InvalidError, id="port zero of the container"),
        pytest.param(PortMapping(80, "", 65536), InvalidError, id="port too large"),
    ],
)
def test_bad_mapping_is_refused(
    home: Home, outside: Namespace, port: PortMapping, error: type[Exception]
) -> None:
    before = os.listdir("/proc/self/fd")

    with pytest.raises(error):
        attach(home, NAME, "bridge", (PortMapping(1, "", 8081), port), warn=silent)

    assert os.listdir("/proc/self/fd") == before
    assert bridge_leases(home).keys() == []
