"""Help, version and info."""

import pytest

from pyker.cli.tree.app import DEFINITIONS
from tests.support.command import Pyker

PATHS = [path for one in DEFINITIONS for path in one.paths if not one.hidden]


@pytest.mark.parametrize("path", PATHS)
def test_every_spelling_has_help(empty_pyker: Pyker, path: str) -> None:
    page = empty_pyker.out(*path.split(), "--help")

    assert page.startswith(f"Usage:  pyker {path}")
    assert "Examples:" in page


def test_help_lists_the_commands(empty_pyker: Pyker) -> None:
    page = empty_pyker.out("--help")

    assert "Common Commands:\n  run " in page
    assert "--root directory" in page
    assert empty_pyker.out() == page
    assert empty_pyker.out("help") == page


def test_help_of_a_command_is_its_help_page(empty_pyker: Pyker) -> None:
    assert empty_pyker.out("help", "ps") == empty_pyker.out("ps", "--help")
    assert "unknown command" in empty_pyker.fails(1, "help", "nope")


def test_group_lists_its_commands_once(empty_pyker: Pyker) -> None:
    page = empty_pyker.out("image")

    assert "  ls " in page
    assert "  list " not in page


@pytest.mark.parametrize("word", ["--version", "-v"])
def test_version_is_one_line(empty_pyker: Pyker, word: str) -> None:
    assert empty_pyker.out(word).startswith("pyker version ")


def test_version_follows_docker_keys(empty_pyker: Pyker) -> None:
    assert empty_pyker.out("version", "-f", "{{.Server.Version}}") == empty_pyker.out("-v").split()[-1]
    assert empty_pyker.out("version").startswith("Client: pyker")


def test_info_counts_containers(pyker: Pyker) -> None:
    pyker("create", "busybox", "true")

    assert pyker.out("info", "-f", "{{.Containers}} {{.ContainersRunning}} {{.Images}}") == "1 0 1"
    assert " Storage Driver: " in pyker.out("info")


def test_info_shows_security_options_as_docker_does(empty_pyker: Pyker) -> None:
    assert empty_pyker.out("info", "-f", "{{index .SecurityOptions 0}}") == "name=seccomp,profile=default"
    assert " Security Options:\n  seccomp\n   Profile: default\n Kernel" in empty_pyker.out("info")
