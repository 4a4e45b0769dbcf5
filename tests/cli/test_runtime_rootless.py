"""`pyker-runtime` for an ordinary user: bundles of `spec --rootless`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.engines import Podman
from tests.conftest import new_directory
from tests.support import leaks
from tests.support.agent import agent_for
from tests.support.command import Account
from tests.support.foreign_engines import Client
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


@pytest.fixture
def podman(user_runtime: Runtime, user: Account, rootfs_tar: Path) -> Iterator[Client]:
    """A user's Podman with stores of its own, and with `pyker-runtime` for its runtime."""
    place = user.make_directory(user_runtime.world / "podman")
    (place / "containers.conf").write_text(Podman.settings)
    (place / "containers.conf").chmod(0o644)
    roots = ("--root", f"{place}/root", "--runroot", f"{place}/run", "--storage-driver", "vfs")
    as_user = ("setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups")
    environment = user.environment() | {"CONTAINERS_CONF": f"{place}/containers.conf"}
    client = Client((*as_user, "podman", "--runtime", user_runtime.program, *roots), environment)
    client.do("import", str(rootfs_tar), "busybox")
    yield client
    client.try_("rm", "-a", "-f", "-t", "0")
    client.do("system", "migrate")  # ends the process that holds its user namespace


def test_podman_of_a_user_runs_containers_on_it(podman: Client, user: Account) -> None:
    alone = ("--network", "none", "busybox")
    assert podman.do("run", "--rm", *alone, "cat", "/proc/self/uid_map").split()[:3] == [
        "0",
        str(user.uid),
        "1",
    ]
    podman.do("run", "-d", "--name", "web", *alone, "sleep", "1000")

    assert podman.do("exec", "web", "cat", "/proc/1/comm") == "sleep"
    assert podman.try_("exec", "web", "sh", "-c", "exit 7").returncode == 7
    podman.do("rm", "-f", "-t", "0", "web")

    states = user.directory / "runtime" / "pyker-runtime"
    assert [path.name for path in states.iterdir()] == ["~cache"]


def test_config_without_a_user_namespace_is_refused(user_runtime: Runtime) -> None:
    new = [{"type": "uts"}, {"type": "mount"}]
    bundle = user_runtime.bundle("true", linux={"namespaces": new, "uidMappings": [], "gidMappings": []})

    done = user_runtime.try_("run", "--bundle", bundle, "c")

    assert done.returncode == 1
    assert "rootless container requires user namespaces" in done.stderr
