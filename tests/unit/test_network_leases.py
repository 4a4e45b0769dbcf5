"""Leases: files that say who holds what, and that die with their holders."""

import os
import threading
from pathlib import Path

import pytest

from pyker.base.errors import ConflictError, CorruptError
from pyker.model.port import PortMapping
from pyker.network.addresses import format_address, parse_subnet
from pyker.network.leases import Lease, Leases, check_ports, held, parse_lease, this_process

SMALL = parse_subnet("10.0.0.0/29")  # five usable: .2 to .6


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    made = Leases(str(tmp_path / "bridge"))
    made.prepare()
    return made


def nobody(container: str) -> bool:
    return False


def take(leases: Leases, name: str) -> str:
    address = leases.free_address(SMALL)
    if not address:
        return ""
    leases.write(format_address(address), Lease(name, format_address(address)))
    return format_address(address)


def test_lease_comes_back_from_its_file(leases: Leases) -> None:
    lease = Lease("a", "10.0.0.2", (PortMapping(80, "0.0.0.0", 8080),), "veth1", (5, 6), (7, 8))

    leases.write("10.0.0.2", lease)

    assert leases.read("10.0.0.2") == lease


@pytest.mark.parametrize("document", [{}, {"container": "a"}, {"ports": [[1, 2, 3, 4, 5]]}, []], ids=repr)
def test_damaged_lease_is_told(document: "dict[str, object]") -> None:
    with pytest.raises(CorruptError):
        parse_lease(document)


def test_damaged_file_is_the_lease_of_nobody(leases: Leases) -> None:
    Path(leases.directory, "leases", "10.0.0.2").write_text("{")

    assert leases.all() == {}
    assert leases.dead(nobody) == {"10.0.0.2": Lease("")}


def test_network_never_used_has_no_leases(tmp_path: Path) -> None:
    assert Leases(str(tmp_path / "none")).all() == {}


def test_addresses_go_onward_and_around(leases: Leases) -> None:
    assert [take(leases, name) for name in "abcde"] == [f"10.0.0.{last}" for last in (2, 3, 4, 5, 6)]
    assert take(leases, "f") == ""

    leases.remove("10.0.0.4")
    leases.remove("10.0.0.3")

    assert take(leases, "g") == "10.0.0.3"


def test_freed_address_is_not_the_next_one(leases: Leases) -> None:
    leases.remove(take(leases, "a"))

    assert take(leases, "b") == "10.0.0.3"


@pytest.mark.parametrize("text", ["", "x", "-5", "99999999999999999999"])
def test_lost_place_in_the_pool_is_no_matter(leases: Leases, text: str) -> None:
    Path(leases.directory, "last").write_text(text)

    assert take(leases, "a")


def test_lease_is_held_by_the_process_that_starts_the_container() -> None:
    assert held(Lease("a", maker=this_process()), nobody)
    assert not held(Lease("a", maker=(os.getpid(), 1)), nobody)
    assert held(Lease("a"), lambda name: name == "a")


def test_dead_leases_are_told_from_the_living(leases: Leases) -> None:
    leases.write("10.0.0.2", Lease("dead"))
    leases.write("10.0.0.3", Lease("alive"))

    assert leases.dead(lambda name: name == "alive") == {"10.0.0.2": Lease("dead")}


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        pytest.param(PortMapping(80, "0.0.0.0", 80), PortMapping(81, "", 80), True, id="everywhere twice"),
        pytest.param(
            PortMapping(80, "127.0.0.1", 80), PortMapping(80, "", 80), True, id="one and everywhere"
        ),
        pytest.param(
            PortMapping(80, "127.0.0.1", 80), PortMapping(80, "127.0.0.2", 80), False, id="two addresses"
        ),
        pytest.param(PortMapping(80, "", 80), PortMapping(80, "", 80, "udp"), False, id="two protocols"),
        pytest.param(PortMapping(80, "", 80), PortMapping(80, "", 81), False, id="two numbers"),
    ],
)
def test_ports_of_living_containers_are_compared(one: PortMapping, other: PortMapping, clash: bool) -> None:
    leases = {"10.0.0.2": Lease("a", ports=(one,))}

    check_ports(leases, (other,), "a")  # one's own
    if clash:
        with pytest.raises(ConflictError, match="port is already allocated"):
            check_ports(leases, (other,), "b")
    else:
        check_ports(leases, (other,), "b")


def test_address_is_given_once_to_many_at_a_time(leases: Leases) -> None:
    given: list[str] = []

    def work(name: str) -> None:
        with leases.lock():
            given.append(take(leases, name))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcde"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(given) == [f"10.0.0.{last}" for last in (2, 3, 4, 5, 6)]
