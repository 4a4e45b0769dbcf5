"""Networks of ordinary users: pasta and slirp4netns carry the packets."""

import os
import socket
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pyker.kernel.liveness import alive
from pyker.model.port import PortMapping
from tests.support.command import Account
from tests.support.leaks import settled
from tests.support.networks import HOST, OUTSIDE, Namespace, host, listen, reach
from tests.support.user_network import user_container

pytestmark = [pytest.mark.root, pytest.mark.user, pytest.mark.net]

NUMBER = count()
HELPERS = ["pasta", "slirp4netns"]
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


@pytest.fixture
def outside() -> Iterator[Namespace]:
    with host() as outer:
        yield outer


@pytest.fixture
def world(user: Account) -> Path:
    return user.make_directory(user.directory / f"n{next(NUMBER)}")


def files(world: Path) -> list[str]:
    return sorted(str(path.relative_to(world)) for path in world.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("mode", HELPERS)
def test_container_reaches_the_network_outside_as_the_host(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    with user_container(user, world, mode) as container, listen(outside, 8000) as server:
        assert container.document["Mode"] == mode
        with container.namespace:
            assert reach(server, OUTSIDE, 8000) == HOST


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("mode", HELPERS)
def test_published_port_is_reached_from_the_host_and_from_outside(
    user: Account, world: Path, outside: Namespace, mode: str, protocol: str
) -> None:
    port = PortMapping(80, "", 8080, protocol)

    with (
        user_container(user, world, mode, port) as container,
        listen(container.namespace, 80, KINDS[protocol]) as server,
    ):
        if (mode, protocol) != ("slirp4netns", "udp"):  # a limit, see usermode.py
            assert reach(server, "127.0.0.1", 8080)
        assert reach(server, HOST, 8080)
        with outside:
            assert reach(server, HOST, 8080) == OUTSIDE


@pytest.mark.parametrize("mode", HELPERS)
def test_several_ports_of_both_protocols_are_published(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    ports = [PortMapping(80 + n, "", 8080 + n, protocol) for n in range(2) for protocol in KINDS]

    with user_container(user, world, mode, *ports) as container:
        for port in ports:
            with listen(container.namespace, port.container_port, KINDS[port.protocol]) as server:
                assert reach(server, HOST, port.host_port)


def test_published_udp_ports_may_trade_their_numbers(user: Account, world: Path, outside: Namespace) -> None:
    ports = PortMapping(8080, "", 8081, "udp"), PortMapping(8081, "", 8080, "udp")

    with user_container(user, world, "pasta", *ports) as container:
        for inner, outer in ((8080, 8081), (8081, 8080)):
            with listen(container.namespace, inner, socket.SOCK_DGRAM) as server:
                assert reach(server, "127.0.0.1", outer)
                assert reach(server, HOST, outer)


def test_published_udp_port_of_one_number_needs_no_rule(
    user: Account, world: Path, outside: Namespace
) -> None:
    with (
        user_container(user, world, "pasta", PortMapping(8080, "", 8080, "udp")) as container,
        listen(container.namespace, 8080, socket.SOCK_DGRAM) as server,
    ):
        assert reach(server, "127.0.0.1", 8080)
        assert container.namespace.run("nft", "list", "tables") == ""


@pytest.mark.parametrize("mode", HELPERS)
def test_port_on_loopback_is_for_the_host_alone(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    port = PortMapping(80, "127.0.0.1", 8080)

    with user_container(user, world, mode, port) as container, listen(container.namespace, 80) as server:
        assert reach(server, "127.0.0.1", 8080)
        with outside:
            assert not reach(server, HOST, 8080)


@pytest.mark.parametrize("mode", HELPERS)
def test_container_cannot_reach_loopback_of_the_host(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    with (
        user_container(user, world, mode) as container,
        listen(None, 9000, address="127.0.0.1") as server,
        container.namespace,
    ):
        assert not reach(server, "10.0.2.2", 9000)


@pytest.mark.parametrize("mode", HELPERS)
def test_helper_ends_at_release_and_leaves_no_file(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    with user_container(user, world, mode, PortMapping(80)) as container:
        helper = container.document["Helper"]
        assert alive(helper["Pid"], helper["Started"])

    assert not settled(lambda: [mode] if alive(helper["Pid"], helper["Started"]) else [])
    assert files(world) == []


@pytest.mark.parametrize("mode", HELPERS)
def test_helper_has_no_descriptor_of_its_starter(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    with user_container(user, world, mode) as container:
        directory = f"/proc/{container.document['Helper']['Pid']}/fd"
        targets = {os.readlink(f"{directory}/{name}") for name in os.listdir(directory)}

    assert not [target for target in targets if target.startswith("/var/tmp") and "leases" in target]


def test_user_gets_pasta_where_a_bridge_is_the_usual(user: Account, world: Path, outside: Namespace) -> None:
    with user_container(user, world, "bridge") as container:
        assert container.document["Mode"] == "pasta"
        assert container.document["IPAddress"] == "10.0.2.100"


def test_user_without_a_way_out_gets_slirp4netns(user: Account, world: Path, outside: Namespace) -> None:
    subprocess.run(["ip", "route", "delete", "default"], check=True)

    with user_container(user, world, "") as container:
        assert container.document["Mode"] == "slirp4netns"
        assert container.warnings == []


@pytest.mark.parametrize("mode", ["", *HELPERS])
def test_port_in_use_is_dockers_error(user: Account, world: Path, outside: Namespace, mode: str) -> None:
    with listen(None, 8080), user_container(user, world, mode, PortMapping(80, "", 8080)) as container:
        assert container.error == "Bind for 0.0.0.0:8080 failed: port is already allocated"
    assert files(world) == []


def test_privileged_port_is_refused_with_advice(user: Account, world: Path, outside: Namespace) -> None:
    with user_container(user, world, "", PortMapping(80, "", 80)) as container:
        assert container.error == "cannot expose privileged port 80: permission denied"


@pytest.mark.parametrize("mode", ["none", "bridge"])
def test_loopback_is_up_and_routers_are_ignored(
    user: Account, world: Path, outside: Namespace, mode: str
) -> None:
    with user_container(user, world, mode) as container:
        assert "127.0.0.1/8" in container.namespace.run("ip", "-br", "address", "show", "lo")
        assert container.namespace.run("cat", "/proc/sys/net/ipv6/conf/all/accept_ra") == "0\n"


def test_user_without_tun_runs_without_network_and_is_told(
    user: Account, world: Path, outside: Namespace
) -> None:
    with user_container(user, world, "", tun=False) as container:
        assert container.document["Mode"] == "none"
        assert len(container.warnings) == 1
        assert "/dev/net/tun cannot be opened by this user" in container.warnings[0]


def test_user_without_tun_cannot_publish(user: Account, world: Path, outside: Namespace) -> None:
    with user_container(user, world, "", PortMapping(80), tun=False) as container:
        assert container.error == "/dev/net/tun cannot be opened by this user"
