"""Staging directories: gone at the end, gone after their maker's death, never taken from the living."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyker.kernel.staging import Staging, sweep

TREE = Path(__file__).parents[2]


def test_staging_is_removed_with_what_was_not_moved(tmp_path: Path) -> None:
    with Staging(str(tmp_path)) as staging:
        os.makedirs(staging.below("a/b"))
        os.mkdir(staging.below("kept"))
        os.rename(staging.below("kept"), tmp_path / "kept")

    assert os.listdir(tmp_path) == ["kept"]


def test_sweep_spares_the_living(tmp_path: Path) -> None:
    with Staging(str(tmp_path)) as staging:
        sweep(str(tmp_path))
        assert os.path.isdir(staging.path)


def test_sweep_removes_what_the_dead_left(tmp_path: Path) -> None:
    code = f"""import os, sys; sys.path.insert(0, {str(TREE)!r})
from pyker.kernel.staging import Staging
staging = Staging({str(tmp_path)!r}).__enter__()
os.makedirs(staging.below("a/b"))
os.kill(os.getpid(), 9)"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(os.listdir(tmp_path)) == 1

    sweep(str(tmp_path))

    assert os.listdir(tmp_path) == []


def test_sweep_leaves_links_and_files_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    area = tmp_path / "area"
    area.mkdir()
    (area / "link").symlink_to(outside)
    (area / "file").touch()

    sweep(str(area))

    assert outside.is_dir()


@pytest.mark.parametrize("path", ["nowhere", "nowhere/deep"])
def test_nothing_to_sweep_is_fine(tmp_path: Path, path: str) -> None:
    sweep(str(tmp_path / path))
