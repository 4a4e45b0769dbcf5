"""Groups of an ordinary user on a v2 machine with systemd, from inside and outside of what is delegated."""

import os
from pathlib import Path
from typing import Any

import pytest

from pyker.cgroup.group import create
from pyker.cgroup.hierarchy import detect
from pyker.cgroup.scope import outside_uid
from pyker.kernel import libc, namespaces
from pyker.security import devices
from tests.support.forked import in_child

pytestmark = pytest.mark.root
RESOURCES = {
    "memory": {"limit": 64 << 20},
    "pids": {"limit": 50},
    "cpu": {"quota": 50000},
    "devices": devices.rules(),
}


# Users whose systemd runs; elsewhere than on a v2 machine there is nothing to ask, and no such test.
USERS = [
    int(path.parts[3])
    for path in Path("/run/user").glob("[1-9]*/systemd/private")
    if detect().version == "v2"
]


def become(uid: int) -> None:
    """Turn this child into the user, who stays in the caller's group: outside of what is delegated."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def limited(uid: int) -> dict[str, Any]:
    """What a container's process of that user sees of its group."""
    become(uid)
    warnings: list[str] = []
    group = create(f"pyker-test{os.getpid()}/one", RESOURCES, warnings.append)
    pid = os.fork()
    if pid == 0:
        group.enter()
        os._exit(0 if f"/user@{uid}.service/pyker-test" in Path("/proc/self/cgroup").read_text() else 7)
    status = os.waitpid(pid, 0)[1]
    path = Path(group.paths[""])
    found = {name: (path / name).read_text().strip() for name in ("memory.max", "pids.max", "cpu.max")}
    group.remove()
    return {**found, "status": status, "warnings": warnings, "left": path.exists()}


if USERS:

    def test_user_outside_of_the_delegated_part_has_limits() -> None:
        assert in_child(lambda: limited(USERS[0])) == {
            "memory.max": str(64 << 20),
            "pids.max": "50",
            "cpu.max": "50000 100000",
            "status": 0,
            "warnings": [],
            "left": False,
        }


def test_outside_uid_sees_through_a_namespace() -> None:
    def act() -> list[int]:
        os.setresuid(7000, 7000, 7000)
        libc.syscall("prctl", 4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: our own uid_map must be ours to write
        before = outside_uid()
        namespaces.unshare(namespaces.NEWUSER)
        Path("/proc/self/uid_map").write_text("0 7000 1")
        return [before, os.geteuid(), outside_uid()]

    assert in_child(act) == [7000, 0, 7000]
