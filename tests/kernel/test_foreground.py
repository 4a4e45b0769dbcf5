"""The client in the foreground: terminals, signals, broken pipes, detaching."""

import os
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base.errors import InvalidError
from pyker.engine.attach import KeyFilter, parse_keys
from pyker.kernel import terminal
from tests.support.supervised import Supervised, foreground, until

PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


class Screen:
    """A terminal with the client on it."""

    def __init__(self, run: Supervised, *words: str) -> None:
        self.master, self.slave = os.openpty()
        terminal.set_window_size(self.master, 30, 90)
        self.shown = b""
        streams = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave}
        self.process = foreground(run.connection, "tty", "stdin", *words, start_new_session=True, **streams)

    def expect(self, text: bytes) -> None:
        while text not in self.shown:
            assert select.select([self.master], [], [], 10)[0], self.shown
            self.shown += os.read(self.master, 1 << 16)

    def is_raw(self) -> bool:
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Supervised]:
    run = Supervised(tmp_path, "sh", tty=True)
    yield run
    run.end()


@pytest.fixture
def screen(shell: Supervised) -> Iterator[Screen]:
    made = Screen(shell)
    until(made.is_raw)
    yield made
    made.close()


def finish(process: "subprocess.Popen[bytes]", text: bytes = b"") -> "tuple[int, bytes, bytes]":
    out, err = process.communicate(text, 20)
    return process.returncode, out, err


def run_piped(tmp_path: Path, script: str, *words: str, text: bytes = b"") -> "tuple[int, bytes, bytes]":
    run = Supervised(tmp_path, "sh", "-c", script)
    try:
        return finish(foreground(run.connection, *words, **PIPES), text)
    finally:
        run.end()


def test_streams_and_exit_code_pass_through(tmp_path: Path) -> None:
    assert run_piped(tmp_path, "echo out; echo err >&2; exit 7") == (7, b"out\n", b"err\n")


def test_piped_input_and_its_end_reach_the_container(tmp_path: Path) -> None:
    text = os.urandom(3_000_000)

    assert run_piped(tmp_path, "cat", "stdin", text=text) == (0, text, b"")


def test_terminal_is_raw_sized_and_restored(screen: Screen) -> None:
    os.write(screen.master, b"stty size; exit 3\r")
    screen.expect(b"30 90")

    assert screen.process.wait(10) == 3
    assert not screen.is_raw()


def test_resize_reaches_the_container(screen: Screen) -> None:
    os.write(screen.master, b"echo re''ady\r")
    screen.expect(b"ready")
    terminal.set_window_size(screen.master, 11, 22)
    os.kill(screen.process.pid, signal.SIGWINCH)  # the kernel sends it to a controlling terminal's group
    time.sleep(0.2)

    os.write(screen.master, b"stty size\r")

    screen.expect(b"11 22")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_deadly_signal_restores_the_terminal_and_leaves_the_container(
    screen: Screen, shell: Supervised, number: signal.Signals
) -> None:
    os.kill(screen.process.pid, number)

    assert screen.process.wait(10) == -number
    assert not screen.is_raw()
    assert shell.process.poll() is None


def test_detach_keys_leave_the_container_running(screen: Screen, shell: Supervised) -> None:
    os.write(screen.master, b"echo a''b\r")
    screen.expect(b"ab")

    os.write(screen.master, b"\x10")
    os.write(screen.master, b"\x11")

    assert screen.process.wait(10) == 99
    assert not screen.is_raw()
    assert shell.process.poll() is None


def test_signals_are_passed_on_without_a_terminal(tmp_path: Path) -> None:
    run = Supervised(tmp_path, "sh", "-c", "echo ready; sleep 1")
    client = foreground(run.connection, "proxy", **PIPES)
    assert client.stdout is not None
    client.stdout.readline()

    client.send_signal(signal.SIGINT)
    client.send_signal(signal.SIGUSR1)

    code, _, err = finish(client)
    run.end()
    assert code == 0
    assert sorted(err.splitlines()) == [b"signal 10", b"signal 2"]


def test_reader_that_goes_away_ends_the_client_silently(tmp_path: Path) -> None:
    run = Supervised(tmp_path, "sh", "-c", "yes; true")
    client = foreground(run.connection, **PIPES)
    assert client.stdout is not None
    client.stdout.readline()
    client.stdout.close()

    assert client.wait(10) == 141
    assert client.stderr is not None
    assert client.stderr.read() == b""
    assert run.process.poll() is None
    run.end()
    client.communicate()


def test_lost_supervisor_is_told(tmp_path: Path) -> None:
    run = Supervised(tmp_path, "sh", "-c", "echo ready; read a")
    client = foreground(run.connection, **PIPES)
    assert client.stdout is not None
    client.stdout.readline()
    run.process.kill()

    code, _, err = finish(client)
    run.end()
    assert code == 1
    assert b"supervisor is gone" in err


@pytest.mark.parametrize(
    ("text", "keys"), [("ctrl-p,ctrl-q", b"\x10\x11"), ("a", b"a"), ("ctrl-@,Z", b"\0Z"), ("ctrl-_", b"\x1f")]
)
def test_detach_keys_are_read(text: str, keys: bytes) -> None:
    assert parse_keys(text) == keys


@pytest.mark.parametrize("text", ["ctrl-", "ctrl-1", "ab", "ctrl-p,,", "é"])
def test_wrong_detach_keys_are_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="invalid detach keys"):
        parse_keys(text)


def test_begun_detach_sequence_is_passed_on_when_it_goes_on_otherwise() -> None:
    keys = KeyFilter(b"\x10\x10\x11")

    assert keys.feed(b"a\x10") == (b"a", False)
    assert keys.feed(b"\x10") == (b"", False)
    assert keys.feed(b"\x10b") == (b"\x10\x10\x10b", False)
    assert keys.feed(b"\x10\x10\x11c") == (b"", True)
