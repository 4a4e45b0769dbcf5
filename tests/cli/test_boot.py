"""`system boot` and `system shutdown`: which containers come back, on a machine that only seems to boot.

The boot itself, with a power cut, is tests/vm-boot.sh.
"""

import os
import shutil
import signal
from pathlib import Path

from pyker.base.jsonfile import read
from pyker.cgroup.group import Group
from tests.support.command import Pyker
from tests.support.waiting import eventually

POLICIES = ("no", "on-failure", "unless-stopped", "always")


def begin(pyker: Pyker, name: str, policy: str, *options: str) -> None:
    network = () if "--network" in options else ("--network", "none")  # a helper would outlive the power cut
    pyker("run", "-d", "--name", name, "--restart", policy, *network, *options, "busybox", "sleep", "1000")


def states(pyker: Pyker) -> dict[str, str]:
    return dict(line.split() for line in pyker.lines("ps", "-a", "--format", "{{.Names}} {{.State}}"))


def cut_the_power(pyker: Pyker) -> None:
    """End every process of every container, supervisors first, and forget this boot's groups and records."""
    runs = [read(f"{path}/run.json") for path in (pyker.runroot / "containers").iterdir()]
    for run in runs:
        os.kill(run["supervisor"]["pid"], signal.SIGKILL)
    for run in runs:
        if run["pid"]:
            os.kill(run["pid"], signal.SIGKILL)
    eventually(lambda: not any(Path(f"/proc/{run['supervisor']['pid']}").exists() for run in runs))
    for run in runs:
        Group.from_paths(run.get("cgroup") or {}).remove()
    shutil.rmtree(pyker.runroot)  # it is on a tmpfs


def test_policy_decides_what_comes_back_after_a_power_cut(any_pyker: Pyker) -> None:
    for policy in POLICIES:
        begin(any_pyker, policy, policy)
        if policy != "no":
            begin(any_pyker, f"{policy}-ended", policy)
            any_pyker("stop", "-t", "0", f"{policy}-ended")
    any_pyker("create", "--name", "new", "--restart", "always", "busybox", "true")
    cut_the_power(any_pyker)
    eventually(lambda: "running" not in states(any_pyker).values())

    started = any_pyker.lines("system", "boot")

    assert sorted(started) == ["always", "always-ended", "on-failure", "unless-stopped"]
    assert sorted(name for name, state in states(any_pyker).items() if state == "running") == sorted(started)
    assert states(any_pyker)["new"] == "created"


def test_shutdown_is_no_stop_by_hand(any_pyker: Pyker) -> None:
    for policy in ("no", "on-failure", "unless-stopped"):
        begin(any_pyker, policy, policy, "--stop-timeout", "0")
    any_pyker("run", "-d", "--rm", "--name", "brief", "--stop-timeout", "0", "busybox", "sleep", "1000")

    assert len(any_pyker.lines("system", "shutdown")) == 4

    assert states(any_pyker) == dict.fromkeys(("no", "on-failure", "unless-stopped"), "exited")
    assert sorted(any_pyker.lines("system", "boot")) == ["on-failure", "unless-stopped"]


def test_shutdown_waits_for_all_at_the_same_time(pyker: Pyker) -> None:
    for name in ("aa", "bb", "cc"):
        begin(pyker, name, "always")

    pyker("system", "shutdown", "-t", "1", timeout=12)

    assert set(states(pyker).values()) == {"exited"}


def test_shutdown_ends_what_waits_for_its_next_start(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "--restart", "unless-stopped", "busybox", "false")
    eventually(lambda: int(any_pyker.field("c", "{{.RestartCount}}")) >= 3)

    any_pyker("system", "shutdown", "-t", "0")

    assert states(any_pyker) == {"c": "exited"}
    assert any_pyker.lines("system", "boot") == ["c"]


def test_container_is_started_after_the_one_it_joins(any_pyker: Pyker) -> None:
    begin(any_pyker, "owner", "always")
    begin(any_pyker, "guest", "always", "--network", "container:owner")
    any_pyker("system", "shutdown", "-t", "0")

    assert any_pyker.lines("system", "boot") == ["owner", "guest"]
    assert any_pyker.lines("system", "boot") == []


def test_one_that_cannot_start_does_not_stop_the_others(pyker: Pyker) -> None:
    begin(pyker, "bad", "always", "-v", f"{pyker.world}/there:/there")
    begin(pyker, "good", "always")
    pyker("system", "shutdown", "-t", "0")
    (pyker.world / "there").rmdir()
    (pyker.world / "there").symlink_to("/nonexistent/at/all")

    done = pyker("system", "boot", check=False)

    assert (done.returncode, done.stdout) == (1, "good\n")
    assert done.stderr.startswith("bad: Error: ")


def test_boot_of_an_empty_home_is_quiet(empty_pyker: Pyker) -> None:
    assert empty_pyker.out("system", "boot") == ""
    assert empty_pyker.out("system", "shutdown") == ""
