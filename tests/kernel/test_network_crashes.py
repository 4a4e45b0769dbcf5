"""Networks under many at a time, and after kill -9 at any moment."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from pyker.base.home import Home
from pyker.model.port import PortMapping
from pyker.network.attachment import attach, release, repair
from pyker.network.bridge import bridge_leases, bridge_name, table_name
from tests.support.leaks import settled
from tests.support.networks import Namespace, host, namespaces

pytestmark = [pytest.mark.root, pytest.mark.net]

AT_ONCE = 8
SEED = 7


def ignore(text: str) -> None:
    return


@pytest.fixture(autouse=True)
def outside() -> Iterator[Namespace]:
    with host() as outer:
        yield outer


def forked(work: Callable[[], None]) -> int:
    """The pid of a child that does *work* and ends with 0, or 1 when it fails."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def output(*words: str) -> str:
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_many_containers_may_start_and_end_at_once_on_a_bridge_not_yet_made(home: Home) -> None:
    def live(number: int, container: Namespace) -> None:
        name = f"{number:064x}"
        attach(home, name, "bridge", (PortMapping(80),), warn=ignore).wire(container.pid)
        release(home, name)

    with namespaces(AT_ONCE) as containers:
        children = [
            forked(lambda pair=pair: live(*pair))  # type: ignore[misc]
            for pair in enumerate(containers)
        ]
        assert [ended(child) for child in children] == [0] * AT_ONCE
        addresses = [container.run("ip", "-br", "-4", "address", "show", "eth0") for container in containers]

    assert len({line.split()[2] for line in addresses}) == AT_ONCE
    assert bridge_leases(home).keys() == []
    assert "elements" not in output("nft", "list", "table", "ip", table_name(home))


def test_two_containers_that_want_one_port_give_one_winner(home: Home) -> None:
    def want(name: str) -> None:
        attach(home, name, "bridge", (PortMapping(80, "", 8080),), warn=ignore)
        time.sleep(2)

    children = [forked(lambda name=name: want(name)) for name in ("a" * 64, "b" * 64)]  # type: ignore[misc]

    assert sorted(ended(child) for child in children) == [0, 1]
    assert len(bridge_leases(home).keys()) == 1


def test_nothing_stays_of_containers_whose_starter_was_killed_at_any_moment(home: Home) -> None:
    delays = random.Random(SEED)

    def live(container: Namespace) -> None:
        for number in range(100):
            attachment = attach(home, f"{number:064x}", "bridge", (PortMapping(80),), warn=ignore)
            attachment.wire(container.pid)
            attachment.abandon()
            release(home, f"{number:064x}")
            container.run("ip", "link", "delete", "eth0")

    for _ in range(12):
        with namespaces(1) as (container,):
            child = forked(lambda container=container: live(container))  # type: ignore[misc]
            time.sleep(delays.uniform(0.0, 0.3))
            os.kill(child, signal.SIGKILL)
            ended(child)
        repair(home, lambda _: False)
        assert bridge_leases(home).keys() == []

    attach(home, "f" * 64, "bridge", warn=ignore)
    assert "elements" not in output("nft", "list", "table", "ip", table_name(home))
    assert not settled(lambda: [line for line in output("ip", "-br", "link").splitlines() if "veth" in line])
    assert bridge_name(home) in output("ip", "-br", "link")


def test_who_takes_a_port_of_a_dead_container_closes_its_other_ports(home: Home) -> None:
    ports = (PortMapping(80, "", 8085), PortMapping(81, "", 8086))

    def live(container: Namespace) -> None:
        attach(home, "d" * 64, "bridge", ports, warn=ignore).wire(container.pid)

    with namespaces(1) as (container,):
        assert ended(forked(lambda: live(container))) == 0
    assert "tcp . 8086" in output("nft", "list", "table", "ip", table_name(home))

    attach(home, "e" * 64, "bridge", ports[:1], alive=lambda _: False, warn=ignore).abandon()

    assert "elements" not in output("nft", "list", "table", "ip", table_name(home))
    release(home, "e" * 64)
