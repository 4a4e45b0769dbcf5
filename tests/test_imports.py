"""What the commands that people wait for may import: each module more is paid for at every start."""

import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker

# Modules in C, and the few in Python that come with `import os`. What others cost, in ms: typing 4, json 10,
# re 8, enum 5, contextlib 5, dataclasses 10, subprocess 12, logging 8, typer 44, rich 43, pyroute2 172.
ALLOWED = {
    *("os", "sys", "time", "errno", "posix", "stat", "_stat", "posixpath", "genericpath", "_collections_abc"),
    *("fcntl", "select", "termios", "array", "zlib", "itertools", "resource", "binascii", "atexit", "math"),
    *("_json", "_ctypes", "_struct", "_socket", "_signal", "_sha256", "_hashlib", "_posixsubprocess"),
    "gc",
    *("_bisect", "_operator", "_functools", "_collections", "_random", "_string", "_thread", "_datetime"),
    *("_prctl",),
}
READERS = ("runtime", "supervisor", "network", "namespaces", "security", "cgroup", "layers")
NOT_FOR = {  # a command that only reads needs no floor that acts
    "ps": READERS,
    "images": (*READERS, "mount"),
    "inspect": (*READERS, "mount"),
}
COMMANDS = {
    "run": "run --rm --network none busybox true",
    "run detached": "run -d --network none busybox true",
    "run bridge": "run --rm busybox true",
    "exec": "exec web true",
    "ps": "ps -a",
    "images": "images",
    "inspect": "inspect web",
    "logs": "logs web",
    "stop": "stop -t 0 web",
    "start": "start idle",
    "rm": "rm -f idle",
}


@pytest.fixture
def web(pyker: Pyker) -> Pyker:
    """A running container, `web`, and one that was only created, `idle`."""
    pyker("run", "-d", "--name", "web", "--network", "none", "busybox", "sleep", "1000")
    pyker("create", "--name", "idle", "--network", "none", "busybox", "true")
    return pyker


def loaded_by(pyker: Pyker, words: str) -> set[str]:
    """Every module that `pyker WORDS` imports, in the command and in the processes it forks."""
    argv = ["/usr/bin/python3", "-IS", "-X", "importtime", pyker.program, *words.split()]
    done = subprocess.run(
        argv, env=pyker.environment(), cwd=pyker.world, capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


def loaded_at_start() -> set[str]:
    """Every module that the bare interpreter loads."""
    code = "import sys; print(*sys.modules)"
    done = subprocess.run(["/usr/bin/python3", "-IS", "-c", code], capture_output=True, text=True, check=True)
    return {*done.stdout.split(), "zipimport", "encodings", "encodings.utf_8", "encodings.aliases"}


@pytest.mark.parametrize("name", COMMANDS)
def test_hot_command_imports_only_what_is_cheap(web: Pyker, name: str) -> None:
    loaded = loaded_by(web, COMMANDS[name])

    others = {module for module in loaded if module.split(".")[0] != "pyker"}
    assert sorted(others - loaded_at_start() - ALLOWED) == []


@pytest.mark.parametrize("name", NOT_FOR)
def test_command_that_reads_leaves_the_floors_that_act_alone(web: Pyker, name: str) -> None:
    loaded = loaded_by(web, COMMANDS[name])

    packages = {module.split(".")[1] for module in loaded if module.startswith("pyker.")}
    assert sorted(packages & set(NOT_FOR[name])) == []


def test_installed_modules_are_compiled(web: Pyker) -> None:
    launcher = Path(web.program).read_text(encoding="utf-8")
    assert launcher.startswith("#!/usr/bin/python3 -IS\n")

    argv = ["/usr/bin/python3", "-ISv", web.program, "--version"]
    done = subprocess.run(argv, env=web.environment(), capture_output=True, text=True, check=True)

    assert "code object from" in done.stderr
    compiled = [line for line in done.stderr.splitlines() if "wrote" in line or "is stale" in line]
    assert compiled == []
