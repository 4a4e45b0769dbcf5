"""Containers on the default bridge, as the kernel and the neighbours see them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base.errors import ConflictError, InvalidError, NotFoundError, PykerError, UnsupportedError
from pyker.base.home import Home
from pyker.kernel.liveness import alive, start_time
from pyker.model.port import PortMapping
from pyker.network import nftables
from pyker.network.attachment import Attachment, attach, dismantle, release, repair
from pyker.network.bridge import bridge_leases, bridge_name, table_name
from tests.support.leaks import settled
from tests.support.networks import HOST, OUTSIDE, Namespace, host, listen, namespaces, reach

pytestmark = [pytest.mark.root, pytest.mark.net]


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


def connect(home: Home, container: Namespace, name: str = "a" * 64) -> Attachment:
    attachment = attach(home, name, "bridge", warn=silent)
    attachment.wire(container.pid)
    return attachment


def address_of(attachment: Attachment) -> str:
    return str(attachment.document()["IPAddress"])


def test_container_has_loopback_address_and_default_route(home: Home, container: Namespace) -> None:
    document = connect(home, container).document()

    links = container.run("ip", "-br", "link")
    assert "lo " in links
    assert "UNKNOWN" in links
    assert f"{document['IPAddress']}/16" in container.run("ip", "-br", "address", "show", "eth0")
    assert f"default via {document['Gateway']} dev eth0" in container.run("ip", "route")
    assert str(document["MacAddress"]) in container.run("ip", "link", "show", "eth0")


def test_container_ignores_ipv6_routers(home: Home, container: Namespace) -> None:
    connect(home, container)

    for where in ("all", "default", "eth0"):
        assert container.run("cat", f"/proc/sys/net/ipv6/conf/{where}/accept_ra") == "0\n"


def test_container_reaches_the_network_outside_as_the_host(
    home: Home, container: Namespace, outside: Namespace
) -> None:
    connect(home, container)
    server = listen(outside, 8000)

    with container, server:
        assert reach(server, OUTSIDE, 8000) == HOST


def test_containers_reach_each_other_with_their_own_addresses(home: Home, outside: Namespace) -> None:
    with namespaces(2) as (one, two):
        first, second = connect(home, one, "a" * 64), connect(home, two, "b" * 64)
        with listen(two, 80) as server, one:
            assert reach(server, address_of(second), 80) == address_of(first)


def test_network_outside_cannot_route_into_the_bridge(
    home: Home, container: Namespace, outside: Namespace
) -> None:
    attachment = connect(home, container)
    outside.run("ip", "route", "add", "172.16.0.0/12", "via", HOST)

    with listen(container, 80) as server:
        assert reach(server, address_of(attachment), 80)
        with outside:
            assert not reach(server, address_of(attachment), 80)


def test_container_cannot_reach_loopback_of_the_host(home: Home, container: Namespace) -> None:
    gateway = str(connect(home, container).document()["Gateway"])
    container.run("sysctl", "-qw", "net.ipv4.conf.eth0.route_localnet=1")
    container.run("ip", "address", "delete", "127.0.0.1/8", "dev", "lo")
    container.run("ip", "route", "add", "127.0.0.1/32", "via", gateway, "dev", "eth0")

    with listen(None, 9000, address="127.0.0.1") as server, container:
        assert not reach(server, "127.0.0.1", 9000)


def test_addresses_differ_and_are_not_reused_at_once(home: Home, outside: Namespace) -> None:
    seen = []
    for number in range(4):
        seen.append(address_of(attach(home, f"{number:064x}", "bridge", warn=silent)))
        release(home, f"{number:064x}")

    assert len(set(seen)) == 4


def test_release_forgets_the_lease_and_may_be_repeated(home: Home, container: Namespace) -> None:
    connect(home, container)

    release(home, "a" * 64)
    release(home, "a" * 64)

    assert bridge_leases(home).keys() == []


def test_cable_goes_with_the_container(home: Home, outside: Namespace) -> None:
    with namespaces(1) as (container,):
        interface = str(connect(home, container).document()["Interface"])
        assert interface in links()
    release(home, "a" * 64)

    assert not settled(lambda: [interface] if interface in links() else [])


def links() -> str:
    return subprocess.run(["ip", "-br", "link"], check=True, stdout=subprocess.PIPE, text=True).stdout


def test_repair_frees_what_dead_containers_held(home: Home, container: Namespace) -> None:
    child = subprocess.Popen(["sleep", "600"])
    attachment = connect(home, container)
    leases = bridge_leases(home)
    lease = leases.read(address_of(attachment))
    assert lease
    leases.write(lease.address, lease.replace(maker=(child.pid, start_time(child.pid))))

    repair(home, lambda _: False)
    assert leases.keys() == [lease.address]  # its maker lives: it is being started
    child.kill()
    child.wait()
    assert not alive(child.pid, 1)
    repair(home, lambda _: False)

    assert leases.keys() == []
    assert lease.interface not in links()


def test_repair_leaves_living_containers_alone(home: Home, container: Namespace) -> None:
    connect(home, container)

    repair(home, lambda name: name == "a" * 64)

    assert len(bridge_leases(home).keys()) == 1


def test_static_address_is_given_once(home: Home, outside: Namespace) -> None:
    wanted = attach(home, "a" * 64, "bridge", address="172.17.9.9", warn=silent)

    assert address_of(wanted) == "172.17.9.9"
    with pytest.raises(ConflictError, match="Address already in use"):
        attach(home, "b" * 64, "bridge", address="172.17.9.9", warn=silent)


@pytest.mark.parametrize("address", ["172.17.0.0", "172.17.0.1", "172.17.255.255", "10.0.0.1", "x", "1.2.3"])
def test_unfit_static_address_is_refused(home: Home, outside: Namespace, address: str) -> None:
    with pytest.raises(InvalidError):
        attach(home, "a" * 64, "bridge", address=address, warn=silent)

    assert bridge_leases(home).keys() == []


def test_chosen_mac_address_is_set(home: Home, container: Namespace) -> None:
    attach(home, "a" * 64, "bridge", mac="02:00:00:00:00:09", warn=silent).wire(container.pid)

    assert "02:00:00:00:00:09" in container.run("ip", "link", "show", "eth0")


def test_bridge_that_was_deleted_comes_back(home: Home, container: Namespace, outside: Namespace) -> None:
    attach(home, "b" * 64, "bridge", warn=silent)
    subprocess.run(["ip", "link", "delete", bridge_name(home)], check=True)

    connect(home, container)

    with listen(outside, 8000) as server, container:
        assert reach(server, OUTSIDE, 8000)


def test_flushed_ruleset_comes_back_at_the_next_start(
    home: Home, container: Namespace, outside: Namespace
) -> None:
    attach(home, "b" * 64, "bridge", warn=silent)
    subprocess.run(["nft", "flush", "ruleset"], check=True)

    connect(home, container)

    with listen(outside, 8000) as server, container:
        assert reach(server, OUTSIDE, 8000) == HOST


def test_forwarding_that_was_turned_off_comes_back(home: Home, container: Namespace) -> None:
    switch = Path("/proc/sys/net/ipv4/ip_forward")
    attach(home, "b" * 64, "bridge", warn=silent)
    switch.write_text("0")

    connect(home, container)

    assert switch.read_text() == "1\n"


def test_subnet_avoids_what_the_host_routes(home: Home, outside: Namespace) -> None:
    subprocess.run(["ip", "route", "add", "172.16.0.0/14", "via", OUTSIDE], check=True)

    assert address_of(attach(home, "a" * 64, "bridge", warn=silent)).startswith("172.20.0.")


def test_foreign_firewall_that_drops_forwarded_packets_is_told(home: Home, outside: Namespace) -> None:
    drop = "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }"
    subprocess.run(["nft", drop], check=True)
    said: list[str] = []

    attach(home, "a" * 64, "bridge", warn=said.append)

    assert len(said) == 1
    assert f"iptables -I FORWARD -i {bridge_name(home)} -j ACCEPT" in said[0]


def test_dismantled_home_leaves_nothing_in_the_kernel(home: Home, outside: Namespace) -> None:
    attach(home, "a" * 64, "bridge", warn=silent)
    release(home, "a" * 64)

    dismantle(home)

    tables = subprocess.run(["nft", "list", "tables"], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert table_name(home) not in tables
    assert bridge_name(home) not in links()


def test_what_deleted_homes_left_is_swept_when_a_bridge_is_made(home: Home, outside: Namespace) -> None:
    gone = [home.replace(run=f"{home.run}/{name}") for name in ("bridge-gone", "both-there")]
    for each in gone:
        attach(each, "a" * 64, "bridge", warn=silent)
    for each in gone:
        shutil.rmtree(each.run)
    subprocess.run(["ip", "link", "delete", bridge_name(gone[0])], check=True)

    attach(home, "a" * 64, "bridge", warn=silent)

    assert len([line for line in links().splitlines() if line.startswith("pk")]) == 1
    assert nftables.tables() == [table_name(home)]


def test_bridge_of_a_deleted_home_stays_while_a_container_is_on_it(home: Home, container: Namespace) -> None:
    gone = home.replace(run=f"{home.run}/gone")
    connect(gone, container)
    shutil.rmtree(gone.run)

    attach(home, "a" * 64, "bridge", warn=silent)

    assert bridge_name(gone) in links()
    assert table_name(gone) in nftables.tables()


def test_home_in_use_is_not_dismantled(home: Home, container: Namespace) -> None:
    connect(home, container)

    dismantle(home)

    assert bridge_name(home) in links()


def test_none_has_loopback_only(home: Home, container: Namespace) -> None:
    attach(home, "a" * 64, "none", warn=silent).wire(container.pid)

    addresses = container.run("ip", "-br", "address").splitlines()
    assert [line.split()[0] for line in addresses if "127.0.0.1/8" in line] == ["lo"]
    assert "eth0" not in "".join(addresses)


def test_unknown_network_is_refused(home: Home) -> None:
    with pytest.raises(NotFoundError, match="network nowhere not found"):
        attach(home, "a" * 64, "nowhere", warn=silent)


def test_pasta_is_not_for_root(home: Home) -> None:
    with pytest.raises(UnsupportedError, match="only supported for rootless mode"):
        attach(home, "a" * 64, "pasta", warn=silent)


@pytest.mark.parametrize("mode", ["host", "container:" + "b" * 64])
def test_network_of_others_needs_nothing(home: Home, container: Namespace, mode: str) -> None:
    attachment = attach(home, "a" * 64, mode, (PortMapping(80, "", 80),), warn=silent)

    attachment.wire(container.pid)

    assert container.run("ip", "-br", "link").split()[:2] == ["lo", "DOWN"]
    assert attachment.document()["Ports"] == {}


@pytest.mark.parametrize("mode", ["none", "host", "slirp4netns"])
def test_address_of_ones_own_needs_a_bridge(home: Home, mode: str) -> None:
    with pytest.raises(PykerError, match="--ip and --mac-address"):
        attach(home, "a" * 64, mode, address="172.17.0.9", warn=silent)
