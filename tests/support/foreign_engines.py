"""Docker and containerd with stores of their own, in namespaces of their own, on a runtime of our choice."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.waiting import eventually

# With a /run of their own: containerd's shims put their sockets and states there, wherever it has its own.
APART = (
    *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
    *("sh", "-c", 'mount -t tmpfs run /run && exec "$@"', "sh"),
)
TIME = 60  # seconds a command may take
CONTAINERD = """version = 2
root = "{place}/root"
state = "{place}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{place}/socket"
"""


class Client:
    """The command line of an engine."""

    def __init__(self, argv: Sequence[str], environment: "Mapping[str, str]") -> None:
        self.argv = tuple(argv)
        self.environment = environment

    def try_(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run it, whatever its exit code."""
        return subprocess.run(
            [*self.argv, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIME,
            check=False,
        )

    def do(self, *words: str) -> str:
        """Run it, which must succeed; what it prints."""
        done = self.try_(*words)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


@contextmanager
def docker_daemon(place: Path, runtime: str) -> Iterator[Client]:
    """A client of a dockerd whose containers run on *runtime*, without any network."""
    place.mkdir()
    settings = place / "daemon.json"
    settings.write_text(json.dumps({"runtimes": {"ours": {"path": runtime}}, "default-runtime": "ours"}))
    roots = ["--data-root", f"{place}/root", "--exec-root", f"{place}/run", "--pidfile", f"{place}/pid"]
    alone = ["--bridge", "none", "--iptables=false", "--ip-forward=false", "--cgroup-parent", group(place)]
    argv = ["dockerd", "--config-file", str(settings), "-H", f"unix://{place}/socket", *roots, *alone]
    with _daemon(argv, place), _groups(place):
        client = Client(
            ["docker", "-H", f"unix://{place}/socket"], os.environ | {"DOCKER_CONFIG": str(place)}
        )
        eventually(lambda: client.try_("version").returncode == 0, 30)
        yield client


@contextmanager
def containerd(place: Path) -> Iterator[Client]:
    """A client of a containerd; who runs containers names the runtime."""
    place.mkdir()
    settings = place / "config.toml"
    settings.write_text(CONTAINERD.format(place=place))
    with _daemon(["containerd", "-c", str(settings)], place):
        client = Client(["ctr", "-a", f"{place}/socket"], os.environ)
        eventually(lambda: client.try_("version").returncode == 0, 30)
        yield client


@contextmanager
def _daemon(argv: Sequence[str], place: Path) -> Iterator[None]:
    """*argv* in namespaces of its own: with its first process all that it started and mounted goes."""
    with (
        (place / "log").open("wb") as log,
        subprocess.Popen([*APART, *argv], stdout=log, stderr=log) as daemon,
    ):
        try:
            yield
        finally:
            daemon.kill()


def group(place: Path) -> str:
    """The control group above those of the containers."""
    return f"/pyker-test-{place.parent.parent.name}-{place.parent.name}"


@contextmanager
def _groups(place: Path) -> Iterator[None]:
    """Docker keeps the group that it was told to use."""
    try:
        yield
    finally:
        for top in Path("/sys/fs/cgroup").glob(f"*{group(place)}"):
            for directory, _, _ in os.walk(top, topdown=False):
                eventually(partial(_gone, directory))


def _gone(directory: str) -> bool:
    """Take control group *directory* away, if those in it have ended."""
    try:
        os.rmdir(directory)
    except OSError:
        return False
    return True
