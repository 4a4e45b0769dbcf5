"""Whoever asked for an exec may be killed: what it started does not stay behind."""

import signal

import pytest

from tests.support.command import Pyker
from tests.support.terminal import Terminal
from tests.support.waiting import eventually

LOOK = "for p in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $p; echo; done 2> /dev/null"


@pytest.fixture
def box(any_pyker: Pyker) -> Pyker:
    any_pyker("run", "-d", "--name", "box", "busybox", "sleep", "1000")
    return any_pyker


def runs(pyker: Pyker, word: str) -> bool:
    """Whether a process with *word* in its arguments is in the box, beside the one that looks."""
    return any(word in line for line in pyker.lines("exec", "box", "sh", "-c", LOOK))


@pytest.mark.parametrize("script", ["sleep 777", "trap '' HUP; sleep 777; sleep 777", "sleep 777 & wait"])
def test_killed_client_takes_its_processes_along(box: Pyker, script: str) -> None:
    with box.popen("exec", "box", "sh", "-c", script) as client:
        eventually(lambda: runs(box, "sleep 777"))
        client.kill()

    eventually(lambda: not runs(box, "sleep 777"))


def test_lost_terminal_takes_its_processes_along(box: Pyker) -> None:
    with Terminal(box, "exec", "-it", "box", "sleep", "777") as terminal:
        eventually(lambda: runs(box, "sleep 777"))
        terminal.process.kill()

    eventually(lambda: not runs(box, "sleep 777"))


def test_who_detaches_leaves_them_running(box: Pyker) -> None:
    with Terminal(box, "exec", "-it", "box", "sh") as terminal:
        terminal.send("echo rea''dy; exec sleep 777\r")
        terminal.expect("ready")
        terminal.send("\x10\x11")
        assert terminal.end() == 0

    assert runs(box, "sleep 777")


def test_signals_reach_the_process(box: Pyker) -> None:
    script = "trap 'echo got; exit 4' USR1; echo ready; while :; do sleep 0.05; done"
    with box.popen("exec", "box", "sh", "-c", script) as client:
        assert client.stdout
        assert client.stdout.readline() == b"ready\n"
        client.send_signal(signal.SIGUSR1)
        assert client.communicate()[0] == b"got\n"

    assert client.returncode == 4
