"""Where the measuring takes place: scratch files, a private view of the machine, started engines."""

import contextlib
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.engines import Engine

TREE = Path(__file__).parents[1]
NOISE = (
    b"the quick brown fox jumps over the lazy dog and runs away from it as fast as a container starts...\n"
)
PEERS = ("docker", "libpod", "user.slice", "machine")


def prepare(scratch: Path, given: str, *, minbase: bool) -> None:
    """Write the root file systems: busybox (with a text file of 1 MB), and Debian's minbase when wanted."""
    root = scratch / "rootfs"
    root.mkdir(mode=0o755)
    tar = subprocess.run([str(TREE / "examples/rootfs.sh")], check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-xf", "-", "-C", str(root)], input=tar, check=True)
    (root / "noise").write_bytes(NOISE * (1_000_000 // len(NOISE)) + NOISE[: 1_000_000 % len(NOISE)])
    subprocess.run(["tar", "-cf", str(scratch / "rootfs.tar"), "-C", str(root), "."], check=True)
    if minbase and given:
        os.symlink(os.path.abspath(given), scratch / "minbase.tar")
    elif minbase:
        make_minbase(scratch / "minbase.tar")


def make_minbase(target: Path) -> None:
    """A Debian root file system from the machine's own apt sources."""
    print("bench: making a Debian minbase root file system", flush=True)
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", str(target)], check=True)


def hide_the_machine(scratch: Path) -> None:
    """Cover, in this mount namespace, the directories that the peers share whatever their options say."""
    (scratch / "memory").mkdir()
    for place in ("/run", "/dev/shm", "/var/lib/cni", str(scratch / "memory")):
        if os.path.isdir(place):
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


@contextlib.contextmanager
def started(engines: Iterable[Engine], scratch: Path) -> Iterator[None]:
    """All *engines* ready, with the image `bench` in their stores; stopped on the way out."""
    with contextlib.ExitStack() as undo:
        for engine in engines:
            undo.callback(engine.stop)
            engine.start()
            engine.import_image(scratch / "rootfs.tar", "bench")
        yield


def cgroups() -> set[str]:
    """Every cgroup of the machine."""
    return {where for where, _, _ in os.walk("/sys/fs/cgroup")}


def remove_cgroups_since(before: set[str]) -> None:
    """Remove the empty groups that the peers made and did not remove; the deepest first."""
    for group in sorted(cgroups() - before, key=len, reverse=True):
        if any(word in group for word in PEERS):
            with contextlib.suppress(OSError):
                os.rmdir(group)
