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
    os.set_blocking(listening, False)

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


def test_descriptors_are_passed_across() -> None:
    one, other = sockets.pair()
    reader, writer = os.pipe()

    sockets.send_descriptors(one, b"two", (reader, writer))
    data, passed = sockets.receive_descriptors(other)

    assert data == b"two"
    assert [os.fstat(each).st_ino for each in passed] == [os.fstat(each).st_ino for each in (reader, writer)]
    assert not any(map(os.get_inheritable, passed))
    for descriptor in (one, other, reader, writer, *passed):
        os.close(descriptor)


def test_terminal_has_the_size_it_was_given() -> None:
    master, slave = os.openpty()

    terminal.set_window_size(master, 12, 34)

    assert terminal.window_size(slave) == (12, 34)
    os.close(master)
    os.close(slave)


def test_peer_of_a_master_is_its_own_slave() -> None:
    master, slave = os.openpty()

    peer = terminal.open_peer(master)

    assert os.ttyname(peer) == os.ttyname(slave)
    for descriptor in (master, slave, peer):
        os.close(descriptor)
