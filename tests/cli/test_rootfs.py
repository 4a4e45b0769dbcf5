"""`--rootfs`: containers upon a directory instead of an image."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker

QUICK = ("--network", "none")


@pytest.fixture
def directory(any_pyker: Pyker, rootfs_tar: Path) -> Path:
    """A root file system that belongs to whoever runs pyker."""
    made = any_pyker.account.make_directory(any_pyker.world / "root")
    who = {"user": any_pyker.account.uid, "group": any_pyker.account.gid, "extra_groups": []}
    subprocess.run(["tar", "-xf", str(rootfs_tar), "-C", str(made)], check=True, **who)  # type: ignore[call-overload]
    return made


def test_program_writes_into_the_directory(any_pyker: Pyker, directory: Path) -> None:
    write = ("sh", "-c", "echo hello > /made; hostname")

    said = any_pyker.out("run", "--rm", *QUICK, "-h", "here", "--rootfs", str(directory), *write)

    assert said == "here"
    assert (directory / "made").read_text() == "hello\n"


def test_container_goes_and_the_directory_stays(any_pyker: Pyker, directory: Path) -> None:
    any_pyker("run", "-d", "--name", "c", *QUICK, "--rootfs", str(directory), "sleep", "1000")
    assert any_pyker.out("exec", "c", "cat", "/proc/1/comm") == "sleep"
    assert any_pyker.out("ps", "--format", "{{.Image}}") == str(directory)

    any_pyker("rm", "-f", "c")

    assert (directory / "bin").is_dir()
    assert any_pyker.lines("ps", "-aq") == []


def test_changes_over_the_directory_go_with_the_container(any_pyker: Pyker, directory: Path) -> None:
    write = ("sh", "-c", "[ -e /made ] || echo hello > /made; cat /made")
    any_pyker("run", "--name", "c", *QUICK, "--rootfs", f"{directory}:O", *write)

    assert not (directory / "made").exists()
    assert any_pyker.out("start", "-a", "c") == "hello"
    assert "A /made" in any_pyker.lines("diff", "c")
    assert any_pyker.field("c", "{{.GraphDriver.Data.LowerDir}} {{.Image}}") == str(directory)
    any_pyker("rm", "c")
    assert not (directory / "made").exists()


def test_read_only_root_is_read_only_here_alone(any_pyker: Pyker, directory: Path) -> None:
    touch = ("--read-only", "--rootfs", str(directory), "touch", "/made")

    assert "Read-only file system" in any_pyker.fails(1, "run", "--rm", *QUICK, *touch)

    (directory / "made").touch()


def test_directory_that_is_not_there_is_named(any_pyker: Pyker, directory: Path) -> None:
    missing = ("--rootfs", "/nonexistent", "true")
    assert "--rootfs /nonexistent: there is no such" in any_pyker.fails(125, "run", "--rm", *QUICK, *missing)
    assert "No command specified" in any_pyker.fails(125, "run", "--rm", "--rootfs", str(directory))
    any_pyker("create", "--name", "c", *QUICK, "--rootfs", str(directory), "true")
    assert "was made with --rootfs" in any_pyker.fails(1, "commit", "c", "image")
    shutil.rmtree(directory)

    assert f"the root file system {directory} of container c is gone" in any_pyker.fails(1, "start", "c")
    any_pyker("rm", "c")


def test_clone_stands_on_the_same_directory_or_on_the_image_it_is_given(
    any_pyker: Pyker, directory: Path
) -> None:
    (directory / "mark").touch()
    any_pyker("create", "--name", "c", *QUICK, "--rootfs", str(directory), "ls", "/")

    any_pyker("container", "clone", "c", "same")
    any_pyker("container", "clone", "c", "other", "busybox")

    assert "mark" in any_pyker.lines("start", "-a", "same")
    assert "mark" not in any_pyker.lines("start", "-a", "other")
