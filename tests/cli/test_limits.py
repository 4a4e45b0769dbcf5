"""-m, --cpus, --pids-limit and their like: written to the control groups and enforced by the kernel."""

import os
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.machine import cgroup_layout
from tests.support.waiting import eventually

V2 = cgroup_layout() == "v2"
EATER = "x=a; while :; do x=$x$x; done"


def group_file(pyker: Pyker, v1: str, v2: str, *options: str) -> str:
    """What a file of a new container's own control group says inside."""
    path = f"/sys/fs/cgroup/{v2 if V2 else v1}"
    return pyker.out("run", "--rm", *options, "busybox", "cat", path)


def test_memory_limit_is_seen_inside(pyker: Pyker) -> None:
    assert group_file(pyker, "memory/memory.limit_in_bytes", "memory.max", "-m", "16m") == str(16 << 20)


@pytest.mark.skipif(V2, reason="kernel: v2 counts swap apart")
def test_memory_and_swap_are_twice_the_memory_unless_said(pyker: Pyker) -> None:
    file = "memory/memory.memsw.limit_in_bytes"

    assert group_file(pyker, file, "", "-m", "16m") == str(32 << 20)
    assert group_file(pyker, file, "", "-m", "16m", "--memory-swap", "16m") == str(16 << 20)


def test_container_over_its_memory_is_killed_and_told(pyker: Pyker) -> None:
    done = pyker(
        "run", "--name", "c", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c", EATER, check=False
    )

    assert done.returncode == 137
    assert pyker.field("c", "{{.State.OOMKilled}} {{.State.ExitCode}}") == "true 137"


def test_child_over_the_memory_is_told_though_the_container_lives(pyker: Pyker) -> None:
    script = f"sh -c '{EATER}'; echo survived"
    options = ("--name", "c", "-m", "16m", "--memory-swap", "16m")

    assert pyker.out("run", *options, "busybox", "sh", "-c", script) == "survived"
    assert pyker.field("c", "{{.State.OOMKilled}} {{.State.ExitCode}}") == "true 0"


def test_kill_is_no_out_of_memory(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "-m", "16m", "busybox", "sleep", "60")

    pyker("kill", "c")

    assert pyker.field("c", "{{.State.OOMKilled}} {{.State.ExitCode}}") == "false 137"


def test_restart_forgets_the_out_of_memory(pyker: Pyker) -> None:
    script = f"[ -e /done ] && exit 0; touch /done; {EATER}"
    pyker(
        "run", "--name", "c", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c", script, check=False
    )

    pyker("start", "-a", "c")

    assert pyker.field("c", "{{.State.OOMKilled}} {{.State.ExitCode}}") == "false 0"


def test_cpus_are_a_quota(pyker: Pyker) -> None:
    path = "cpu.max" if V2 else "cpu/cpu.cfs_quota_us"

    quota = pyker.out("run", "--rm", "--cpus", "0.5", "busybox", "cat", f"/sys/fs/cgroup/{path}")

    assert quota.split()[0] == "50000"


def test_cpus_are_really_limited(pyker: Pyker) -> None:
    script = "timeout 2 sh -c 'while :; do :; done'; cat /proc/self/stat >/dev/null; times"

    last = pyker.out("run", "--rm", "--cpus", "0.1", "busybox", "sh", "-c", script).splitlines()[-1]

    used = float(last.split()[0].partition("m")[2].rstrip("s"))
    assert used < 1.0


def test_cpus_may_be_chosen(pyker: Pyker) -> None:
    last = str((os.cpu_count() or 1) - 1)

    shown = pyker.out(
        "run", "--rm", "--cpuset-cpus", last, "busybox", "grep", "Cpus_allowed_list", "/proc/self/status"
    )

    assert shown.split()[1] == last


def test_processes_are_limited_to_2048_by_default(pyker: Pyker) -> None:
    assert group_file(pyker, "pids/pids.max", "pids.max") == "2048"


@pytest.mark.parametrize(("asked", "seen"), [("7", "7"), ("-1", "max"), ("0", "max")])
def test_limit_of_processes_is_as_asked(pyker: Pyker, asked: str, seen: str) -> None:
    assert group_file(pyker, "pids/pids.max", "pids.max", "--pids-limit", asked) == seen


def test_fork_bomb_stays_in_its_limit(pyker: Pyker) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 2 & done; ps | grep -c 'sleep 2'"

    done = pyker("run", "--rm", "--pids-limit", "6", "busybox", "sh", "-c", script, check=False)

    assert "can't fork" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-m", "1k"), "Minimum memory limit allowed is 6MB"),
        (("-m", "many"), "invalid"),
        (("--memory-swap", "20m"), "You should always set the Memory limit when using Memoryswap limit"),
        (
            ("-m", "20m", "--memory-swap", "10m"),
            "Minimum memoryswap limit should be larger than memory limit",
        ),
        (("--cpus", "1000"), "Range of CPUs is from 0.01 to"),
        (("--cpus", "-1"), "CPU"),
        (("--cpuset-cpus", "4000"), "Requested CPUs are not available"),
        (("--oom-score-adj", "5000"), "Invalid value 5000, range for oom score adj is [-1000, 1000]"),
    ],
)
def test_limit_that_cannot_be_is_code_125_and_leaves_nothing(
    pyker: Pyker, options: tuple[str, ...], message: str
) -> None:
    assert message in pyker.fails(125, "run", "--rm", *options, "busybox", "true")
    assert pyker.lines("ps", "-aq") == []


def test_user_without_control_groups_is_warned_once_and_served(user_pyker: Pyker) -> None:
    done = user_pyker("run", "--rm", "-m", "64m", "busybox", "echo", "runs")

    warnings = [line for line in done.stderr.splitlines() if line.startswith("WARNING")]
    assert done.stdout == "runs\n"
    assert len(warnings) <= 1


def test_out_of_memory_score_is_0_or_as_asked(pyker: Pyker) -> None:
    script = ("busybox", "cat", "/proc/self/oom_score_adj")

    assert pyker.out("run", "--rm", *script) == "0"
    assert pyker.out("run", "--rm", "--oom-score-adj", "500", *script) == "500"


def test_control_groups_are_gone_after_the_end(pyker: Pyker) -> None:
    identity = pyker.out("run", "-d", "--name", "c", "busybox", "sleep", "60")
    groups = [path for path in Path("/sys/fs/cgroup").rglob(f"*{identity}*") if path.is_dir()]

    pyker("stop", "-t", "0", "c")

    assert groups
    eventually(lambda: not [path for path in groups if path.exists()])  # systemd removes its own later


def test_every_process_of_the_container_ends_with_its_first(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "busybox", "sh", "-c", "setsid sleep 4711 & sleep 0.2")
    pyker("wait", "c")

    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert b"sleep\x004711\x00" not in commands
