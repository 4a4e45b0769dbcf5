"""`image diff`: what differs between images and layers."""

import pytest

from tests.support.command import Pyker

QUICK = ("--network", "none")
CHANGE = """
echo hello > /added; mkdir /d; echo 12345 > /d/f
rm /etc/group; echo more >> /etc/passwd; chmod 700 /home
"""


@pytest.fixture
def changed(any_pyker: Pyker) -> Pyker:
    """Two images: busybox, and `changed` upon it; nothing else of the container that made it."""
    any_pyker("run", "--name", "c", *QUICK, "busybox", "sh", "-c", CHANGE)
    any_pyker("commit", "c", "changed")
    any_pyker("rm", "c")
    return any_pyker


def paths(lines: list[str]) -> set[str]:
    """The changes, but for the directories that something changed in."""
    return {line for line in lines if line not in ("C /etc", "C /")}


DIFFERENT = {"A /added", "A /d", "A /d/f", "D /etc/group", "C /etc/passwd", "C /home"}


def test_two_images_differ_in_what_was_changed(changed: Pyker) -> None:
    assert paths(changed.lines("image", "diff", "busybox", "changed")) == DIFFERENT
    assert paths(changed.lines("image", "diff", "changed")) == DIFFERENT

    back = paths(changed.lines("image", "diff", "changed", "busybox"))

    assert back == {"D /added", "D /d", "A /etc/group", "C /etc/passwd", "C /home"}
    assert changed.lines("image", "diff", "changed", "changed") == []


def test_sizes_are_those_of_the_files(changed: Pyker) -> None:
    lines = changed.lines("image", "diff", "-s", "changed", "busybox")

    assert f"D {'6B':>9} /d" in lines
    assert f"D {'6B':>9} /added" in lines
    assert "2 deleted (12B)" in lines[-1]
    sizes = dict(
        line.split() for line in changed.lines("image", "diff", "--format", "{{.Path}} {{.Bytes}}", "changed")
    )
    assert sizes["/d/f"] == "6"


def test_layers_are_named_by_their_ids(changed: Pyker) -> None:
    tops = [changed.out("inspect", "-f", "{{json .RootFS.Layers}}", name) for name in ("busybox", "changed")]
    base = tops[0].strip('[]"').removeprefix("sha256:")[:12]

    assert paths(changed.lines("image", "diff", base, "changed")) == DIFFERENT
    assert "No such image: 0000" in changed.fails(1, "image", "diff", "0000", "changed")
