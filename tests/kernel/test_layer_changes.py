"""What an overlay's writable directory says about the layers below it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyker.kernel import mounts
from pyker.layers.diff import tree_changes, upper_changes
from tests.support.namespace import Link, fill, inside

BASE = {
    "etc": {"passwd": "root", "hosts": "", "keep": "k"},
    "var": {"log": {"a": "1", "b": "2"}, "tmp": {}},
    "file": "f",
    "link": Link("file"),
    "srv": {"deep": {"x": "x"}},
}
SECOND = {"var": {"log": {"b": "3"}}, "opt": {"tool": "t"}}


def changes(act: "Callable[[Path], Any]", ignored: tuple[str, ...] = ()) -> list[str]:
    """What *act*, done in an overlay of two layers, is found to have changed, by both ways of looking."""

    def inner() -> list[str]:
        mounts.mount("tmpfs", "/srv", "tmpfs")
        for name in ("base", "second", "upper", "work", "merged"):
            os.mkdir(f"/srv/{name}")
        fill(Path("/srv/base"), BASE)
        fill(Path("/srv/second"), SECOND)
        data = "lowerdir=/srv/second:/srv/base,upperdir=/srv/upper,workdir=/srv/work"
        mounts.mount("overlay", "/srv/merged", "overlay", 0, data)
        act(Path("/srv/merged"))
        lowers = ["/srv/second", "/srv/base"]
        found = upper_changes("/srv/upper", lowers, ignored)
        assert found == tree_changes("/srv/merged", lowers, ignored)
        return [f"{change.kind} {change.path}" for change in found]

    result: list[str] = inside(inner)
    return result


def test_untouched_root_has_no_changes() -> None:
    assert changes(lambda root: (root / "etc/passwd").read_text()) == []


def test_added_changed_and_deleted_files_are_told_with_their_directories() -> None:
    def act(root: Path) -> None:
        (root / "etc/new").write_text("n")
        (root / "etc/keep").write_text("other")
        (root / "etc/passwd").unlink()
        (root / "var/log/b").unlink()

    assert changes(act) == [
        *("C /etc", "C /etc/keep", "A /etc/new", "D /etc/passwd"),
        *("C /var", "C /var/log", "D /var/log/b"),
    ]


def test_directory_that_was_replaced_shows_what_it_hides() -> None:
    def act(root: Path) -> None:
        for name in ("var/log/a", "var/log/b"):
            (root / name).unlink()
        (root / "var/log").rmdir()
        (root / "var/log").mkdir()
        (root / "var/log/c").write_text("c")

    assert changes(act) == ["C /var", "C /var/log", "D /var/log/a", "D /var/log/b", "A /var/log/c"]


def test_new_tree_is_added_with_all_that_is_in_it() -> None:
    def act(root: Path) -> None:
        fill(root, {"n": {"a": {"b": "b"}, "l": Link("/etc")}})

    assert changes(act) == ["A /n", "A /n/a", "A /n/a/b", "A /n/l"]


@pytest.mark.parametrize("mode", [0o700, 0o1777])
def test_change_of_mode_alone_is_a_change(mode: int) -> None:
    assert changes(lambda root: (root / "var/tmp").chmod(mode)) == ["C /var", "C /var/tmp"]


def test_file_in_place_of_a_directory_is_a_change() -> None:
    def act(root: Path) -> None:
        (root / "var/tmp").rmdir()
        (root / "var/tmp").write_text("file")
        (root / "link").unlink()
        (root / "link").mkdir()

    assert changes(act) == ["C /link", "C /var", "C /var/tmp"]


def test_deleted_directory_is_told_once() -> None:
    def act(root: Path) -> None:
        (root / "srv/deep/x").unlink()
        (root / "srv/deep").rmdir()

    assert changes(act) == ["C /srv", "D /srv/deep"]


def test_mount_points_are_nobodys_change() -> None:
    def act(root: Path) -> None:
        fill(root, {"data": {"volume": {}}, "other": {"volume": {}, "mine": "m"}})
        (root / "etc/resolv.conf").write_text("")

    ignored = ("/data/volume", "/other/volume", "/etc/resolv.conf")
    assert changes(act, ignored) == ["A /other", "A /other/mine"]


def test_very_deep_tree_is_walked() -> None:
    def act(root: Path) -> None:
        top = os.open(root, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=top)
            below = os.open("d", os.O_RDONLY, dir_fd=top)
            os.close(top)
            top = below
        os.close(top)

    found = changes(act)
    assert len(found) == 1500
    assert found[-1] == "A" + " " + "/d" * 1500
