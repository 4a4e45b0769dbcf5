"""Other limits for groups that live, and what they use, on the kernel at hand."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.cgroup.group import Group, create
from pyker.cgroup.hierarchy import detect

V2 = detect().version == "v2"
NAME = f"pyker-test{os.getpid()}/updated"

pytestmark = pytest.mark.root


@pytest.fixture
def group() -> Iterator[Group]:
    """A group with a limit of 64 MiB and a process that sleeps in it."""
    made = create(NAME, {"memory": {"limit": 64 << 20, "swap": 128 << 20}, "pids": {"limit": 50}}, print)
    with subprocess.Popen(["sleep", "60"], preexec_fn=made.enter) as process:
        yield made
        process.kill()
        process.wait()
        made.remove()


def text(group: Group, controller: str, v1_file: str, v2_file: str) -> str:
    path = group.paths[""] if V2 else f"{detect().roots[controller]}/{NAME}"
    return Path(path, v2_file if V2 else v1_file).read_text().strip()


@pytest.mark.parametrize("limit", [8 << 20, 512 << 20], ids=["less", "more"])
def test_memory_and_swap_move_together_in_both_directions(group: Group, limit: int) -> None:
    group.update({"memory": {"limit": limit, "swap": 2 * limit}}, pytest.fail)

    assert text(group, "memory", "memory.limit_in_bytes", "memory.max") == str(limit)
    swap = text(group, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max")
    assert swap == str(limit if V2 else 2 * limit)


def test_limit_of_a_controller_that_had_no_group_reaches_who_is_inside(group: Group) -> None:
    wider = group.update({"cpu": {"quota": 50000, "shares": 512}}, pytest.fail)

    assert text(wider, "cpu", "cpu.cfs_quota_us", "cpu.max") == ("50000 100000" if V2 else "50000")
    assert text(wider, "cpu", "cgroup.procs", "cgroup.procs") == str(group.pids()[0])
    wider.remove()
    assert not any(map(os.path.exists, wider.paths.values()))


def test_what_is_not_said_stays(group: Group) -> None:
    wider = group.update({"cpu": {"quota": 20000, "period": 50000}}, pytest.fail)
    wider.update({"cpu": {"quota": 10000}, "pids": {"limit": 7}}, pytest.fail)

    assert text(wider, "cpu", "cpu.cfs_period_us", "cpu.max").endswith("50000")
    assert text(wider, "pids", "pids.max", "pids.max") == "7"
    assert text(wider, "memory", "memory.limit_in_bytes", "memory.max") == str(64 << 20)
    wider.remove()


def test_value_the_kernel_refuses_is_an_error_and_leaves_nothing(group: Group) -> None:
    with pytest.raises(InvalidError, match="the kernel refuses CPU set 4096"):
        group.update({"cpu": {"cpus": "4096"}}, print)

    found = [where for where, _, _ in os.walk("/sys/fs/cgroup/cpuset") if where.endswith(NAME)]
    assert found == []


def test_container_without_group_cannot_be_changed() -> None:
    with pytest.raises(UnsupportedError, match="no control group"):
        Group().update({"pids": {"limit": 5}}, print)


def test_figures_are_those_of_the_processes_inside(group: Group) -> None:
    burn = ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 60"]
    with subprocess.Popen(burn, preexec_fn=group.enter) as process:
        while Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
            pass
        figures: dict[str, Any] = group.stats()
        process.kill()

    assert figures["pids"] == {"current": 2, "limit": 50}
    assert figures["cpu"]["usage"]["total"] > 1_000_000
    assert figures["memory"]["usage"]["limit"] == 64 << 20
    assert 0 < figures["memory"]["usage"]["usage"] < 64 << 20


def test_group_that_is_gone_uses_nothing() -> None:
    figures: dict[str, Any] = Group({"memory": "/sys/fs/cgroup/gone", "pids": "/sys/fs/cgroup/gone"}).stats()

    assert (figures["cpu"]["usage"]["total"], figures["memory"]["usage"]["usage"]) == (0, 0)
    assert figures["blkio"] == {"ioServiceBytesRecursive": [], "ioServicedRecursive": []}
