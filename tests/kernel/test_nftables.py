"""Hand-packed firewall messages, compared with what nft(8) lists and does."""

import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyker.model.port import PortMapping
from pyker.network import nftables
from pyker.network.firewall import Firewall, _elements
from pyker.network.leases import Lease
from tests.support.networks import host

pytestmark = [pytest.mark.root, pytest.mark.net]

WALL = Firewall("pyker-test", "pk-none", "172.17.0.0/16")
LEASE = Lease(
    "a",
    "172.17.0.2",
    (
        PortMapping(80, "0.0.0.0", 8080),
        PortMapping(53, "0.0.0.0", 5353, "udp"),
        PortMapping(443, "127.0.0.1", 8443),
    ),
)


@pytest.fixture(autouse=True)
def fresh_host() -> Iterator[None]:
    with host():
        yield


def listed() -> str:
    words = ["nft", "list", "table", "ip", WALL.table]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_packed_elements_are_those_nft_writes() -> None:
    WALL.derive([LEASE])
    by_nft = listed()
    WALL.derive([])

    nftables.add_elements(WALL.table, _elements(LEASE))

    assert "127.0.0.1 . tcp . 8443 : 172.17.0.2 . 443" in by_nft
    assert listed() == by_nft


def test_elements_may_be_added_twice() -> None:
    WALL.derive([])

    nftables.add_elements(WALL.table, _elements(LEASE))
    nftables.add_elements(WALL.table, _elements(LEASE))

    assert "8080" in listed()


def test_deleted_elements_are_gone() -> None:
    WALL.derive([LEASE])

    nftables.delete_elements(WALL.table, _elements(LEASE))

    assert "elements" not in listed()


def test_elements_of_a_missing_table_are_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        nftables.add_elements(WALL.table, _elements(LEASE))


def test_port_that_leads_elsewhere_is_an_error_and_changes_nothing() -> None:
    WALL.derive([LEASE.replace(address="172.17.0.9")])
    before = listed()

    with pytest.raises(FileExistsError, match="netlink: "):
        nftables.add_elements(WALL.table, _elements(LEASE))

    assert listed() == before


def test_stale_element_is_replaced_by_what_the_leases_say() -> None:
    WALL.derive([LEASE.replace(address="172.17.0.9")])

    WALL.publish(LEASE, [LEASE])

    assert "172.17.0.9" not in listed()
    assert "tcp . 8080 : 172.17.0.2 . 80" in listed()


def test_withdrawn_port_that_was_not_there_leaves_the_others() -> None:
    other = Lease("b", "172.17.0.3", (PortMapping(80, "0.0.0.0", 9090),))
    WALL.derive([other])

    WALL.withdraw(LEASE, [other])

    assert "tcp . 9090 : 172.17.0.3 . 80" in listed()


def test_flows_to_a_port_are_forgotten_and_others_kept() -> None:
    WALL.derive([])  # conntrack begins with the first rule that needs it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for port in (5353, 5354):
            client.sendto(b"x", ("127.0.0.2", port))
    before = flows()

    nftables.forget_flows({5353})

    assert {"dport=5353", "dport=5354"} <= before
    assert "dport=5353" not in flows()
    assert "dport=5354" in flows()


def flows() -> set[str]:
    """The words of /proc/net/nf_conntrack's entries; conntrack(8) may not be installed."""
    from pyroute2 import NFCTSocket

    found = set()
    with NFCTSocket() as table:
        for entry in table.dump():
            protocol = entry.get_attr("CTA_TUPLE_ORIG").get_attr("CTA_TUPLE_PROTO")
            found.add(f"dport={protocol.get_attr('CTA_PROTO_DST_PORT')}")
    return found


def test_many_remove_one_table_at_once() -> None:
    for _ in range(5):
        WALL.derive([])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: WALL.remove(), range(8)))

        assert not WALL.exists()
