"""Other engines run their containers on `pyker-runtime`."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.engines import Podman
from tests.support.command import Pyker
from tests.support.foreign_engines import Client, containerd, docker_daemon, group
from tests.support.runtime import Runtime
from tests.support.waiting import eventually

pytestmark = pytest.mark.root


@pytest.fixture
def podman(runtime: Runtime, rootfs_tar: Path) -> Iterator[Podman]:
    """Podman with stores of its own, and with `pyker-runtime` for its runtime."""
    engine = Podman(runtime.world / "podman", runtime.program)
    engine.settings = engine.settings.replace('runtime = "runc"', f'runtime = "{runtime.program}"')
    engine.start()
    engine.import_image(rootfs_tar, "busybox")
    try:
        yield engine
    finally:
        subprocess.run(engine.argv("rm", "-a", "-f", "-t", "0"), env=engine.environment, check=False)
        place = str(engine.place / "root" / "overlay")
        if os.path.ismount(place):
            subprocess.run(["umount", place], check=True)


def test_podman_runs_pauses_and_removes_containers_on_it(podman: Podman) -> None:
    assert podman.do("run", "--rm", "--network", "none", "busybox", "echo", "hello") == "hello"
    podman.do(
        "run", "-d", "--name", "web", "--network", "none", "--memory", "64m", "busybox", "sleep", "1000"
    )

    assert podman.do("exec", "web", "cat", "/proc/1/comm") == "sleep"
    podman.do("pause", "web")
    assert podman.do("inspect", "-f", "{{.State.Status}}", "web") == "paused"
    podman.do("unpause", "web")
    podman.do("rm", "-f", "-t", "0", "web")

    assert podman.do("ps", "-aq") == ""


@pytest.fixture
def docker(runtime: Runtime, rootfs_tar: Path) -> Iterator[Client]:
    """Docker with `pyker-runtime` for its runtime, and an image."""
    with docker_daemon(runtime.world / "docker", runtime.program) as client:
        client.do("import", str(rootfs_tar), "busybox")
        yield client


def test_docker_runs_pauses_limits_and_removes_containers_on_it(docker: Client, runtime: Runtime) -> None:
    assert docker.do("run", "--rm", "--network", "none", "busybox", "echo", "hello") == "hello"
    identity = docker.do("run", "-d", "--name", "web", "--memory", "64m", "busybox", "sleep", "1000")

    assert docker.do("exec", "web", "cat", "/proc/1/comm") == "sleep"
    docker.do("pause", "web")
    assert docker.do("inspect", "-f", "{{.State.Status}}", "web") == "paused"
    docker.do("unpause", "web")
    docker.do("update", "--memory", "32m", "--memory-swap", "64m", "web")
    assert limit_of(group(runtime.world / "docker"), identity) == 32 << 20
    assert docker.do("top", "web", "-o", "pid,args").endswith("sleep 1000")
    docker.do("rm", "-f", "web")

    assert docker.do("ps", "-aq") == ""
    assert states_below(runtime.world / "docker" / "run") == []


def states_below(place: Path) -> list[str]:
    """What the runtime still holds for an engine that gave it roots below *place*."""
    return [path.name for path in place.glob("runtime-*/*/*") if path.name != "~cache"]


def limit_of(parent: str, identity: str) -> int:
    """The memory that the control group *identity* below *parent* may use, in bytes."""
    for file in (
        f"/sys/fs/cgroup/memory{parent}/{identity}/memory.limit_in_bytes",
        f"/sys/fs/cgroup{parent}/{identity}/memory.max",
    ):
        if os.path.exists(file):
            return int(Path(file).read_text())
    raise AssertionError(f"there is no control group {identity}")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("/nonexistent",), 127, "no such file or directory"),
        (("/etc",), 126, ""),
        (("sh", "-c", "exit 3"), 3, ""),
    ],
)
def test_docker_tells_how_a_container_on_it_ended(
    docker: Client, words: tuple[str, ...], code: int, said: str
) -> None:
    done = docker.try_("run", "--rm", "busybox", *words)

    assert done.returncode == code
    assert said in done.stderr
    assert docker.do("ps", "-aq") == ""


def test_containerd_runs_pauses_and_removes_containers_on_it(runtime: Runtime, pyker: Pyker) -> None:
    archive = runtime.world / "busybox.tar"
    pyker("save", "-o", str(archive), "busybox")
    image = "docker.io/library/busybox:latest"
    ours = ("--runc-binary", runtime.program, "--snapshotter", "native")
    fifos = ("--fifo-dir", str(runtime.world / "fifos"))
    own = ("--cgroup", f"{group(runtime.world / 'ctr')}/web")
    with containerd(runtime.world / "ctr") as ctr:
        ctr.do("images", "import", "--snapshotter", "native", str(archive))

        assert ctr.do("run", "--rm", *ours, *fifos, image, "one", "echo", "hello") == "hello"
        ctr.do(
            "run", "-d", *ours, *fifos, *own, "--memory-limit", str(64 << 20), image, "web", "sleep", "1000"
        )
        assert limit_of(group(runtime.world / "ctr"), "web") == 64 << 20
        assert ctr.do("task", "exec", *fifos, "--exec-id", "x", "web", "cat", "/proc/1/comm") == "sleep"
        ctr.do("task", "pause", "web")
        assert "PAUSED" in ctr.do("task", "ls")
        ctr.do("task", "resume", "web")
        ctr.do("task", "kill", "-s", "SIGKILL", "web")
        eventually(lambda: "STOPPED" in ctr.do("task", "ls"))
        ctr.try_("task", "rm", "web")  # its exit code is that of the task, 137
        ctr.do("containers", "rm", "web")

        assert ctr.do("task", "ls", "-q") == ctr.do("containers", "ls", "-q") == ""
