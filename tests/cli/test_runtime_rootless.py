"""`pyker-runtime` for an ordinary user: bundles of `spec --rootless`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import new_directory
from tests.support import leaks
from tests.support.agent import agent_for
from tests.support.command import Account
from tests.support.runtime import Runtime

pytestmark = pytest.mark.user


@pytest.fixture
def user_runtime(command: str, user: Account, ground: Path, bundle_root: Path) -> Iterator[Runtime]:
    """`pyker-runtime` as an ordinary user with an empty state root."""
    world = new_directory(ground, user)
    runtime = Runtime(f"{command}-runtime", world, bundle_root, user)
    yield runtime
    runtime.remove_all()
    left = leaks.left_by(str(world))
    shutil.rmtree(world, ignore_errors=True)
    assert not left, f"left behind: {left}"


def test_root_inside_is_the_user_outside(user_runtime: Runtime, user: Account) -> None:
    bundle = user_runtime.bundle("sh", "-c", "id -u; cat /proc/self/uid_map; exit 7")

    done = user_runtime.try_("run", "--bundle", bundle, "c")

    assert done.returncode == 7, done.stderr
    assert done.stdout.split() == ["0", "0", str(user.uid), "1"]
    assert user_runtime("list", "-q") == ""


def test_container_lives_and_ends_as_for_root(user_runtime: Runtime) -> None:
    user_runtime.running("c")

    assert user_runtime("exec", "c", "cat", "/proc/1/comm") == "sleep\n"
    assert user_runtime.try_("exec", "c", "sh", "-c", "exit 3").returncode == 3
    user_runtime("kill", "c", "KILL")
    user_runtime.wait_for("c", "stopped")
    user_runtime("delete", "c")

    assert user_runtime("list", "-q") == ""


def test_limits_that_a_user_cannot_set_are_no_matter(user_runtime: Runtime) -> None:
    resources = {"memory": {"limit": 64 << 20}, "pids": {"limit": 20}}

    user_runtime.running("c", linux={"resources": resources})

    assert user_runtime.state("c")["status"] == "running"
    assert user_runtime.output("c") == ""


def test_agent_answers_for_a_user_s_container(user_runtime: Runtime, user: Account) -> None:
    answers: list[dict[str, Any]] = []
    path = user_runtime.world / "agent"
    agent = agent_for(path, answers)
    os.chown(path, user.uid, user.gid)
    rules = [{"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY"}]
    seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(path), "syscalls": rules}
    bundle = user_runtime.bundle("sh", "-c", "hostname x; ps", linux={"seccomp": seccomp})

    done = user_runtime.try_("run", "--bundle", bundle, "c")
    agent.join()

    assert "cross-device link" in done.stderr.lower()
    assert answers[0]["fds"] == ["seccompFd"]
    others = [line for line in done.stdout.splitlines()[1:] if "ps" not in line]
    assert others == [], "who carried the listener is gone"


def test_config_without_a_user_namespace_is_refused(user_runtime: Runtime) -> None:
    new = [{"type": "uts"}, {"type": "mount"}]
    bundle = user_runtime.bundle("true", linux={"namespaces": new, "uidMappings": [], "gidMappings": []})

    done = user_runtime.try_("run", "--bundle", bundle, "c")

    assert done.returncode == 1
    assert "rootless container requires user namespaces" in done.stderr
