"""Unix sockets and terminals by descriptor."""

import os
import stat
from pathlib import Path

import pytest

from pyker.kernel import sockets, terminal


def test_connection_knows_its_peer(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    listening = sockets.listen(path)
    client = sockets.connect(path)

    accepted = sockets.accept(listening)

    assert sockets.peer(accepted) == (os.getpid(), os.getuid(), os.getgid())
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(tmp_path) == ["socket"]
    for descriptor in (listening, client, accepted):
        os.close(descriptor)


def test_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 200)
    directory.mkdir()

    listening = sockets.listen(str(directory / "socket"))

    os.close(sockets.connect(str(directory / "socket")))
    os.close(listening)


def test_nobody_waiting_is_no_wait(tmp_path: Path) -> None:
    listening = sockets.listen(str(tmp_path / "socket"))

    with pytest.raises(BlockingIOError):
        sockets.accept(listening)
    os.close(listening)


def test_dead_socket_is_replaced(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    os.close(sockets.listen(path))
    with pytest.raises(ConnectionRefusedError):
        sockets.connect(path)

    listening = sockets.listen(path)

    os.close(sockets.connect(path))
    os.close(listening)


def test_terminal_has_the_size_it_was_given() -> None:
    master, slave = os.openpty()

    terminal.set_window_size(master, 12, 34)

    assert terminal.window_size(slave) == (12, 34)
    os.close(master)
    os.close(slave)
