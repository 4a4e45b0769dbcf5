"""`pyker update`: other limits for containers, at once where they run."""

import json
from typing import Any

import pytest

from tests.support.command import Pyker
from tests.support.machine import cgroup_layout

V2 = cgroup_layout() == "v2"
MEMORY = "memory.max" if V2 else "memory/memory.limit_in_bytes"


@pytest.fixture
def web(pyker: Pyker) -> Pyker:
    """A running container with 64 MiB, `web`, and one that was only created, `idle`."""
    pyker("run", "-d", "--name", "web", "-m", "64m", "--network", "none", "busybox", "sleep", "1000")
    pyker("create", "--name", "idle", "--network", "none", "busybox", "cat", f"/sys/fs/cgroup/{MEMORY}")
    return pyker


def host(pyker: Pyker, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pyker.field(name, "{{json .HostConfig}}"))
    return found


def test_running_container_has_its_new_limits_at_once(web: Pyker) -> None:
    done = web.out("update", "-m", "128m", "--memory-swap", "256m", "--pids-limit", "99", "web")

    assert done == "web"
    assert web.out("exec", "web", "cat", f"/sys/fs/cgroup/{MEMORY}") == str(128 << 20)
    assert web.out("exec", "web", "cat", f"/sys/fs/cgroup/{'' if V2 else 'pids/'}pids.max") == "99"
    assert (host(web, "web")["Memory"], host(web, "web")["PidsLimit"]) == (128 << 20, 99)
    web("kill", "web")


def test_limit_in_a_controller_that_was_not_used_ends_with_the_container(web: Pyker) -> None:
    web("update", "--cpus", "0.5", "--cpu-shares", "512", "--blkio-weight", "200", "web")

    run = json.loads((web.runroot / "containers" / web.field("web", "{{.Id}}") / "run.json").read_text())
    assert V2 or {"cpu", "blkio"} <= set(run["cgroup"])
    assert host(web, "web")["NanoCpus"] == 500_000_000
    web("kill", "web")  # the fixture sees whether a group is left


def test_other_container_has_them_when_it_starts(web: Pyker) -> None:
    web("update", "-m", "32m", "idle")

    assert web.out("start", "-a", "idle") == str(32 << 20)
    web("kill", "web")


def test_restart_policy_changes(web: Pyker) -> None:
    web("update", "--restart", "on-failure:3", "idle")

    assert host(web, "idle")["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
    web("kill", "web")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "you must provide one or more flags"),
        (("-m", "512m"), "smaller than already set memoryswap limit"),
        (("-m", "1m"), "Minimum memory limit allowed is 6MB"),
        (("--cpu-quota", "5000"), "CPU Quota cannot be updated as NanoCPUs has already been set"),
        (("--restart", "bogus"), "invalid restart policy 'bogus'"),
        (("--cpuset-cpus", "4096"), "Requested CPUs are not available"),
    ],
    ids=str,
)
def test_contradiction_is_refused_and_changes_nothing(
    pyker: Pyker, options: tuple[str, ...], words: str
) -> None:
    limits = ("-m", "64m", "--memory-swap", "128m", "--cpus", "0.5")
    pyker("create", "--name", "c", *limits, "busybox", "true")
    before = host(pyker, "c")

    done = pyker("update", *options, "c", check=False)

    assert done.returncode != 0
    assert words in done.stderr
    assert host(pyker, "c") == before
