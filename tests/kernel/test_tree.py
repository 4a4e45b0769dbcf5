"""Removing trees, with others at the same work."""

import os
import threading
from pathlib import Path

from pyker.kernel.tree import remove_tree


def grow(top: Path, width: int, depth: int) -> None:
    top.mkdir()
    for number in range(width):
        (top / f"f{number}").touch()
        if depth:
            grow(top / f"d{number}", width, depth - 1)


def test_two_may_remove_one_tree_at_once(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def act() -> None:
        try:
            remove_tree(str(tmp_path / "t"))
        except OSError as error:
            errors.append(error)

    for _ in range(5):
        grow(tmp_path / "t", 3, 3)
        threads = [threading.Thread(target=act) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not (tmp_path / "t").exists()

    assert errors == []


def test_tree_deeper_than_descriptors_reach_is_removed(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)

    remove_tree(str(tmp_path / "d"))

    assert list(tmp_path.iterdir()) == []


def test_closed_directories_are_no_obstacle(tmp_path: Path) -> None:
    grow(tmp_path / "t", 2, 1)
    (tmp_path / "t" / "d0").chmod(0)

    remove_tree(str(tmp_path / "t"))

    assert list(tmp_path.iterdir()) == []


def test_link_is_removed_and_not_what_it_names(tmp_path: Path) -> None:
    grow(tmp_path / "kept", 1, 0)
    grow(tmp_path / "t", 1, 0)
    (tmp_path / "t" / "link").symlink_to(tmp_path / "kept")

    remove_tree(str(tmp_path / "t"))

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
