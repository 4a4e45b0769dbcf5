"""The eBPF device program of v2 groups, in the v2 tree that hybrid machines have too."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyker.cgroup import devices
from pyker.cgroup.control import Group
from pyker.cgroup.hierarchy import detect
from pyker.kernel import bpf
from pyker.security.devices import rules
from tests.support.forked import in_child

pytestmark = pytest.mark.root


@pytest.fixture
def group() -> Iterator[Group]:
    tree = detect().unified
    if not tree:
        pytest.skip("kernel: no v2 tree is mounted")
    path = f"{tree}/pyker-device-test{os.getpid()}"
    os.mkdir(path)
    group = Group({"": path})
    yield group
    group.remove()


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    """Device nodes of our own: the host's may be shut by their modes."""
    for name, minor in (("null", 3), ("zero", 5), ("kmsg", 11)):
        os.mknod(tmp_path / name, 0o600 | 0o020000, os.makedev(1, minor))
    return tmp_path


def judged(group: Group, wanted: list[dict[str, Any]], nodes: Path) -> list[int]:
    """The errno of: read null, write null, read zero, read kmsg, make a node."""
    program = bpf.load_device_program(devices.program(wanted))
    bpf.attach_device_program(group.paths[""], program)
    os.close(program)

    def act() -> list[int]:
        group.enter()
        reading, writing = os.O_RDONLY, os.O_WRONLY
        calls = [("null", reading), ("null", writing), ("zero", reading), ("kmsg", reading)]
        return [*(_open(nodes / name, flags) for name, flags in calls), _mknod(nodes / "new")]

    return list(in_child(act))


def _open(path: Path, flags: int) -> int:
    try:
        os.close(os.open(path, flags))
    except OSError as error:
        return error.errno or -1
    return 0


def _mknod(path: Path) -> int:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
    except OSError as error:
        return error.errno or -1
    return 0


NULL = {"type": "c", "major": 1, "minor": 3}
DENY: dict[str, Any] = {"allow": False, "access": "rwm"}
NO = errno.EPERM


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(rules(), [0, 0, 0, NO, 0], id="default"),
        pytest.param(rules(privileged=True), [0, 0, 0, 0, 0], id="privileged"),
        pytest.param([], [NO, NO, NO, NO, NO], id="no rule"),
        pytest.param([DENY, {"allow": True, "access": "r", **NULL}], [0, NO, NO, NO, NO], id="read only"),
        pytest.param(
            [{"allow": True, "access": "rwm"}, {"allow": False, "access": "w", **NULL}],
            [0, NO, 0, 0, 0],
            id="all but writing",
        ),
        pytest.param([DENY, {"allow": True, "type": "b", "access": "rwm"}], [NO] * 5, id="block only"),
        pytest.param(
            [DENY, {"allow": True, "type": "c", "major": 1, "access": "rw"}], [0, 0, 0, 0, NO], id="major"
        ),
    ],
)
def test_rules_are_judged(
    group: Group, nodes: Path, wanted: list[dict[str, Any]], expected: list[int]
) -> None:
    assert judged(group, wanted, nodes) == expected
