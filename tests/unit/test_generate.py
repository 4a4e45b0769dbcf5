"""What is derived from the Typer tree is current, complete and readable."""

import subprocess
from pathlib import Path

import pytest

from pyker.cli.generate import table_text, walk
from pyker.cli.tree.app import DEFINITIONS, build
from pyker.cli.tree.help import options_of
from pyker.cli.tree.manual import manual_pages

PROJECT = Path(__file__).parents[2]
TREE = build()
COMMANDS = dict(walk(TREE))
PAGES = manual_pages(TREE)


def test_option_table_is_current() -> None:
    assert (PROJECT / "pyker/cli/table.py").read_text(encoding="utf-8") == table_text(TREE)


def test_manual_pages_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "man").glob("*.1")}

    assert written == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_manual_page_is_good_roff(name: str) -> None:
    argv = ["man", "--warnings", "-E", "UTF-8", "-l", str(PROJECT / "man" / name)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "EXAMPLES" in done.stdout


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_has_help(path: str) -> None:
    silent = [option.name for option in options_of(COMMANDS[path]) if not option.help]

    assert not silent


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.paths[0])
def test_every_command_has_an_example_that_is_understood(definition: object) -> None:
    examples = definition.examples  # type: ignore[attr-defined]

    assert examples
    assert all("pyker " in example for example in examples)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_module(path: str) -> None:
    assert (PROJECT / f"pyker/cli/{COMMANDS[path].definition.body}.py").exists()
