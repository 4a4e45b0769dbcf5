"""The commands that README.md shows do what it says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.program import TREE


def shown_commands() -> list[str]:
    """The lines after `$ ` in README.md's console block."""
    block = re.search(r"```console\n(.*?)```", (TREE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    return [line.removeprefix("$ ") for line in block[1].splitlines() if line.startswith("$ ")]


def run(pyker: Pyker, command: str) -> str:
    """What *command*, typed in the top of the tree, prints."""
    environment = pyker.environment()
    environment["PATH"] = f"{Path(pyker.program).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=TREE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.net
def test_readme_commands_work_one_after_the_other(empty_pyker: Pyker) -> None:
    said = {command: run(empty_pyker, command) for command in shown_commands()}

    assert len(said) >= 10
    assert "it works\n" in said.values()
    assert empty_pyker.out("ps", "-aq") == ""


def test_make_help_names_every_target() -> None:
    done = subprocess.run(
        ["make", "help"], cwd=TREE, capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    for target in ("start", "install", "demo", "test", "bench", "man", "uninstall", "clean"):
        assert f"make {target} " in done.stdout
