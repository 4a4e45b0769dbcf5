"""The gate: lint, format, types, and the sizes that keep code readable."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
FILES = sorted(
    path.relative_to(TREE) for folder in ("pyker", "tests", "bench") for path in (TREE / folder).rglob("*.py")
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def succeeds(*argv: str) -> None:
    """Run a tool of the tests' own installation in the tree; its complaints are the failure."""
    done = subprocess.run(
        [sys.executable, "-m", *argv], cwd=TREE, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_has_nothing_to_say() -> None:
    succeeds("ruff", "check", "--no-cache", "pyker", "tests", "bench")


def test_every_file_is_formatted() -> None:
    succeeds("ruff", "format", "--check", "--no-cache", "pyker", "tests", "bench")


@pytest.mark.slow
def test_types_hold() -> None:
    succeeds("mypy", "--no-error-summary", "--cache-dir=/dev/null")


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "table.py"], ids=str)
def test_file_that_people_read_is_short(path: Path) -> None:
    assert len((TREE / path).read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=str)
def test_functions_are_short(path: Path) -> None:
    tree = ast.parse((TREE / path).read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]

    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION]

    assert not long


@pytest.mark.parametrize("path", FILES, ids=str)
def test_name_says_what_is_inside(path: Path) -> None:
    assert path.stem not in VAGUE


def test_nothing_is_left_to_be_done() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")

    marked = [
        path for path in FILES if any(word in (TREE / path).read_text(encoding="utf-8") for word in words)
    ]

    assert not marked
