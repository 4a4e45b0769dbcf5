"""Other engines run their containers on `pyker-runtime`."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.engines import Podman
from tests.support.runtime import Runtime

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
