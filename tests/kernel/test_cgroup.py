"""Control groups on the kernel at hand: v1, hybrid or v2."""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import ConflictError, InvalidError
from pyker.cgroup.group import Group, create, find
from pyker.cgroup.hierarchy import Hierarchy, detect
from pyker.security import devices
from tests.support.forked import in_child

HERE = detect()
V2 = HERE.version == "v2"
PARENT = f"pyker-test{os.getpid()}"

pytestmark = pytest.mark.root


class Maker:
    """Makes groups and starts processes in them; keeps the warnings, ends and removes all."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.warnings: list[str] = []

    def __call__(self, name: str = "one", hierarchy: Hierarchy | None = None, **resources: Any) -> Group:
        group = create(f"{PARENT}/{name}", resources, self.warnings.append, hierarchy=hierarchy)
        self.groups.append(group)
        return group

    def start(self, group: Group, *argv: str) -> "subprocess.Popen[bytes]":
        """A process in *group*."""
        process = subprocess.Popen(argv or ("sleep", "60"), preexec_fn=group.enter, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Nothing of it is left."""
        for group in self.groups:
            group.remove()
        for process in self.processes:
            process.wait()


@pytest.fixture
def make() -> Iterator[Maker]:
    maker = Maker()
    yield maker
    maker.end()


def text(group: Group, controller: str, v1_file: str, v2_file: str) -> str:
    """What the kernel says in the file of the version at hand."""
    return Path(group.paths["" if V2 else controller], v2_file if V2 else v1_file).read_text().strip()


def test_limits_are_what_the_kernel_says(make: Maker) -> None:
    group = make(memory={"limit": 64 << 20, "swap": 64 << 20}, pids={"limit": 77}, cpu={"quota": 50000})

    assert text(group, "memory", "memory.limit_in_bytes", "memory.max") == str(64 << 20)
    assert text(group, "pids", "pids.max", "pids.max") == "77"
    assert text(group, "cpu", "cpu.cfs_quota_us", "cpu.max") == ("50000 100000" if V2 else "50000")
    assert make.warnings == []


def test_cpuset_inherits_what_was_not_asked(make: Maker) -> None:
    group = make(cpu={"cpus": "0"})
    process = make.start(group, "cat", "/proc/self/status")

    assert process.wait() == 0
    assert text(group, "cpuset", "cpuset.cpus", "cpuset.cpus") == "0"


def test_shares_become_weight(make: Maker) -> None:
    assert text(make(cpu={"shares": 512}), "cpu", "cpu.shares", "cpu.weight") == ("20" if V2 else "512")


def test_only_needed_groups_are_made(make: Maker) -> None:
    expected = {""} if V2 else {"memory", "pids", "devices", "freezer", "cpuacct"}

    assert set(make().paths) == expected


def test_process_enters_and_is_counted(make: Maker) -> None:
    group = make()
    process = make.start(group)

    assert group.pids() == [process.pid]
    group.kill()
    assert process.wait() == -signal.SIGKILL


def test_other_process_can_be_added(make: Maker) -> None:
    group = make()
    with subprocess.Popen(["sleep", "60"]) as process:
        group.add(process.pid)
        found = group.pids()
        process.kill()

    assert found == [process.pid]


def test_recorded_group_is_the_same_group(make: Maker) -> None:
    group = make()
    process = make.start(group)

    Group.from_paths(dict(group.paths)).kill(signal.SIGTERM)

    assert process.wait() == -signal.SIGTERM


def cpu_time(process: "subprocess.Popen[bytes]") -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().split()[13]


def test_frozen_group_stands_still(make: Maker) -> None:
    group = make()
    process = make.start(group, "sh", "-c", "while :; do :; done")
    group.freeze(True)
    before = cpu_time(process)
    time.sleep(0.1)

    assert (group.frozen(), cpu_time(process)) == (True, before)
    group.freeze(False)
    assert not group.frozen()


def test_frozen_group_can_be_killed(make: Maker) -> None:
    group = make()
    process = make.start(group)
    group.freeze(True)

    group.kill()

    assert process.wait(timeout=10) == -signal.SIGKILL


def test_pids_limit_holds(make: Maker) -> None:
    process = make.start(make(pids={"limit": 3}), "sh", "-c", "for i in 1 2 3 4 5; do sleep 1 & done; wait")

    assert process.wait() != 0


def test_memory_limit_kills_and_is_counted(make: Maker) -> None:
    group = make(memory={"limit": 8 << 20, "swap": 8 << 20})
    process = make.start(group, "/usr/bin/python3", "-ISc", "b'x' * (100 << 20)")

    assert process.wait() != 0
    assert group.oom_kills() >= 1


def test_other_group_has_no_oom_kills(make: Maker) -> None:
    assert make().oom_kills() == 0


def test_fork_bomb_is_killed(make: Maker) -> None:
    group = make(pids={"limit": 100})
    process = make.start(group, "sh", "-c", "f() { f | f & f; }; f 2>/dev/null")
    time.sleep(0.3)

    group.remove()

    assert process.wait(timeout=10) in (-signal.SIGKILL, 2)
    assert not any(map(os.path.exists, group.paths.values()))


def test_remove_is_idempotent_and_takes_groups_below(make: Maker) -> None:
    group = make()
    for path in group.paths.values():
        os.mkdir(f"{path}/inner")

    group.remove()
    group.remove()

    assert not any(map(os.path.exists, group.paths.values()))


def test_last_group_takes_its_home_with_it(make: Maker) -> None:
    one, two = make("one"), make("two")
    one.remove()
    homes = {os.path.dirname(path) for path in two.paths.values()}
    assert all(map(os.path.exists, homes))

    two.remove()

    assert not any(map(os.path.exists, homes))


def test_empty_group_left_by_a_crash_is_replaced(make: Maker) -> None:
    make(pids={"limit": 5})

    assert text(make(pids={"limit": 6}), "pids", "pids.max", "pids.max") == "6"


def test_group_in_use_is_not_replaced(make: Maker) -> None:
    make.start(make())

    with pytest.raises(ConflictError, match="exists"):
        make()


@pytest.mark.parametrize("parent", ["a/../..", "..", "a/./b"])
def test_parent_cannot_lead_out(parent: str) -> None:
    with pytest.raises(InvalidError, match="invalid cgroup parent"):
        create("x", {}, print, parent=parent)


def test_parent_goes_before_the_name(make: Maker) -> None:
    group = create("inner", {}, print, parent=f"/{PARENT}/outer/")
    try:
        assert all(path.endswith(f"/{PARENT}/outer/inner") for path in group.paths.values())
    finally:
        group.remove()
        for path in group.paths.values():
            os.rmdir(os.path.dirname(path))
            os.rmdir(os.path.dirname(os.path.dirname(path)))


def test_wrong_value_is_an_error_and_leaves_nothing(make: Maker) -> None:
    with pytest.raises(InvalidError, match="the kernel refuses CPU set 4096"):
        make(cpu={"cpus": "4096"})

    found = [where for where, _, _ in os.walk("/sys/fs/cgroup") if where.endswith(f"/{PARENT}/one")]
    assert found == []


if not V2:

    def test_missing_controller_is_one_warning(make: Maker) -> None:
        roots = {name: path for name, path in HERE.roots.items() if name not in ("cpu", "blkio")}

        make(hierarchy=Hierarchy("v1", roots), cpu={"quota": 5000, "shares": 5})

        lacking = "this machine's control groups lack CPU shares, CPU quota"
        assert make.warnings == [f"{lacking}: the container runs without"]


def test_missing_file_is_one_warning(make: Maker) -> None:
    if V2:
        make(memory={"limit": 64 << 20}, unified={"memory.nosuch": "1", "memory.nor.this": "1"})
    else:  # where swap is not accounted, the memory controller lacks a file
        roots = {**HERE.roots, "memory": HERE.roots["pids"]}
        make(hierarchy=Hierarchy("v1", roots), memory={"limit": 64 << 20, "swap": 64 << 20})

    assert len(make.warnings) == 1


def test_without_any_group_there_is_one_warning() -> None:
    warnings: list[str] = []
    nothing = Hierarchy("v2", unified="/sys/fs/cgroup")

    group = create(
        "x", {"memory": {"limit": 5}, "devices": devices.rules()}, warnings.append, hierarchy=nothing
    )

    assert group.paths == {}
    assert warnings == [
        "control groups are not delegated to this user: the container runs without limits on memory"
    ]
    assert (group.pids(), group.oom_kills()) == ([], 0)
    group.kill()
    group.remove()
    with pytest.raises(OSError, match="no freezer"):
        group.freeze(True)


def opens(path: str, flags: int = os.O_RDONLY) -> int:
    try:
        os.close(os.open(path, flags))
    except OSError as error:
        return error.errno or -1
    return 0


def test_default_devices_open_and_others_do_not(make: Maker, tmp_path: Path) -> None:
    group = make(devices=devices.rules())
    tun = str(tmp_path / "tun")
    os.mknod(tun, 0o600 | 0o020000, os.makedev(10, 200))
    kmsg = str(tmp_path / "kmsg")

    def act() -> list[int]:
        group.enter()
        os.mknod(kmsg, 0o600 | 0o020000, os.makedev(1, 11))
        return [opens(path) for path in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/ptmx", tun, kmsg)]

    assert in_child(act) == [0, 0, 0, 0, errno.EPERM, errno.EPERM]


def test_one_device_more_opens_as_far_as_was_asked(make: Maker, tmp_path: Path) -> None:
    path = str(tmp_path / "kmsg")
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 11))
    rule = {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "w"}
    group = make(devices=devices.rules((rule,)))

    def act() -> list[int]:
        group.enter()
        return [opens(path, os.O_WRONLY), opens(path)]

    assert in_child(act) == [0, errno.EPERM]


def test_all_devices_open_when_privileged(make: Maker, tmp_path: Path) -> None:
    path = str(tmp_path / "kmsg")
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 11))
    group = make(devices=devices.rules(privileged=True))

    def act() -> int:
        group.enter()
        return opens(path)

    assert in_child(act) == 0


def test_group_is_found_by_its_name_with_all_that_was_made_of_it(make: Maker) -> None:
    made = make("found", cpu={"quota": 50000, "period": 100000}, pids={"limit": 10})

    found = find(f"{PARENT}/found")

    assert set(made.paths.values()) <= set(found.paths.values())
    found.remove()
    assert find(f"{PARENT}/found").paths == {}
