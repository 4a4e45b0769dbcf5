"""`container init`: everything of a start but its last step."""

import os
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually

QUICK = ("--network", "none")


@pytest.fixture
def ready(any_pyker: Pyker) -> Pyker:
    """A container, `c`, that is initialized."""
    any_pyker("create", "--name", "c", *QUICK, "busybox", "sh", "-c", "echo begun; exec sleep 1000")
    assert any_pyker.out("container", "init", "c") == "c"
    return any_pyker


def test_program_waits_for_the_start(ready: Pyker) -> None:
    status, pid = ready.field("c", "{{.State.Status}} {{.State.Pid}}").split()
    assert status == "initialized"
    assert os.readlink(f"/proc/{pid}/exe").startswith("/memfd:pyker-created")
    assert ready.out("ps", "--format", "{{.State}} {{.Status}}") == "initialized Initialized"
    assert ready.out("logs", "c") == ""

    ready("start", "c")

    assert ready.field("c", "{{.State.Status}} {{.State.Pid}}") == f"running {pid}"
    eventually(lambda: ready.out("logs", "c") == "begun")
    assert ready.out("exec", "c", "cat", "/proc/1/comm") == "sleep"


def test_attached_start_misses_no_output(any_pyker: Pyker) -> None:
    for _ in range(3):
        any_pyker("create", "--name", "c", *QUICK, "busybox", "sh", "-c", "echo first; exit 3")
        any_pyker("container", "init", "c")

        done = any_pyker("start", "-a", "c", check=False)

        assert (done.returncode, done.stdout) == (3, "first\n")
        any_pyker("rm", "c")


def test_what_waits_ends_like_any_other(ready: Pyker) -> None:
    pid = ready.field("c", "{{.State.Pid}}")
    assert "is not running" in ready.fails(1, "exec", "c", "true")
    assert "it is initialized" in ready.fails(1, "container", "init", "c")
    assert "cannot remove" in ready.fails(1, "rm", "c")

    ready("stop", "c")

    assert not Path(f"/proc/{pid}").exists()
    assert ready.field("c", "{{.State.Status}} {{.State.ExitCode}}") == "exited 137"
    ready("container", "init", "c")
    ready("rm", "-f", "c")
    assert ready.lines("ps", "-aq") == []


def test_files_and_ports_are_there_before_the_program_begins(pyker: Pyker) -> None:
    pyker("create", "--name", "c", "-p", "127.0.0.1::80", "busybox", "cat", "/word")
    pyker("container", "init", "c")
    (pyker.world / "word").write_text("hello\n")

    pyker("cp", str(pyker.world / "word"), "c:/word")

    assert pyker.out("port", "c").startswith("80/tcp -> 127.0.0.1:")
    assert pyker.out("start", "-a", "c") == "hello"
    assert pyker.lines("diff", "c") == ["A /word"]


def test_start_that_was_killed_before_it_could_tell_is_told_by_the_next(ready: Pyker) -> None:
    identity = ready.field("c", "{{.Id}}")
    record = ready.runroot / "containers" / identity / "run.json"
    before = record.read_bytes()
    ready("start", "c")
    record.write_bytes(before)  # as a kill right after the last step leaves it
    assert ready.field("c", "{{.State.Status}}") == "initialized"

    ready("start", "c")

    assert ready.field("c", "{{.State.Status}}") == "running"
    assert ready.out("exec", "c", "cat", "/proc/1/comm") == "sleep"


def test_program_that_is_not_there_is_told_and_nothing_stays(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", *QUICK, "busybox", "/nonexistent")

    assert "no such file or directory" in any_pyker.fails(1, "container", "init", "c")

    assert any_pyker.field("c", "{{.State.Status}}") == "created"
    assert "No such container" in any_pyker.fails(1, "container", "init", "nobody")
