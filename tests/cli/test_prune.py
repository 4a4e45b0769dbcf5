"""`image prune` and `system prune`: what nobody needs goes, and nothing else."""

from pathlib import Path

import pytest

from tests.support.command import Pyker


@pytest.fixture
def full(any_pyker: Pyker) -> Pyker:
    """A named image, a dangling one, one that a container has, and an anonymous volume without one."""
    for name in ("named", "dangling", "used"):
        any_pyker("run", "--name", name, "busybox", "sh", "-c", f"head -c 4000 /dev/zero > /{name}")
        any_pyker("commit", name, name)
        any_pyker("rm", name)
    any_pyker("untag", "dangling")
    any_pyker("run", "--name", "c", "used", "sh", "-c", "head -c 500 /dev/zero > /more")
    any_pyker("run", "--name", "v", "-v", "/data", "busybox", "true")
    any_pyker("rm", "v")
    return any_pyker


def names(pyker: Pyker) -> "list[str]":
    return sorted(pyker.lines("images", "--format", "{{.Repository}}"))


def test_dangling_images_go(full: Pyker) -> None:
    lines = full.lines("image", "prune", "-f")

    assert lines[0] == "Deleted Images:"
    assert [line.partition(":")[0] for line in lines[1:3]] == ["deleted", "deleted"]
    assert lines[-1] == "Total reclaimed space: 4kB"
    assert names(full) == ["busybox", "named", "used"]
    assert full.lines("image", "prune", "-f") == ["Total reclaimed space: 0B"]


def test_all_unused_images_go(full: Pyker) -> None:
    lines = full.lines("image", "prune", "-af")

    assert "untagged: named:latest" in lines
    assert names(full) == ["used"]
    assert full.out("start", "-a", "c") == ""


def test_filters_choose(full: Pyker) -> None:
    full("image", "prune", "-af", "--filter", "until=1h")
    full("image", "prune", "-af", "--filter", "label=none")

    assert len(names(full)) == 4


def test_nothing_goes_without_a_yes(full: Pyker) -> None:
    done = full("image", "prune", stdin="n\n")

    assert "WARNING! This will remove all dangling images." in done.stdout + done.stderr
    assert len(names(full)) == 4


def test_everything_unused_goes_at_once(full: Pyker) -> None:
    done = full("system", "prune", "--volumes", "-a", stdin="y\n")

    assert "  - all stopped containers" in done.stdout + done.stderr
    assert "Deleted Volumes:" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Total reclaimed space: ")
    assert full.lines("ps", "-aq") == names(full) == []
    assert list(Path(full.root, "layers").iterdir()) == []


def test_transferred_layers_can_be_given_back(full: Pyker, tmp_path: Path) -> None:
    before = sum(file.stat().st_size for file in Path(full.root, "blobs/sha256").iterdir())

    line = full.out("image", "prune", "--blobs", "-f")

    assert line.startswith("Total reclaimed space: ")
    assert sum(file.stat().st_size for file in Path(full.root, "blobs/sha256").iterdir()) < before / 10
    assert full.out("run", "--rm", "named", "echo", "hi") == "hi"
    said = full.fails(1, "save", "-o", str(full.world / "x.tar"), "named")
    assert "is missing from the store" in said
    assert not (full.world / "x.tar").exists()
