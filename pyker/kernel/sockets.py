"""Unix sockets by descriptor number: listen, connect, accept, and who is there."""

import _socket
import _struct
import fcntl
import os
import time

from pyker.kernel.paths import O_PATH

_SIOCOUTQ = 0x5411
_LONGEST = 107  # sun_path of unix(7), without its NUL


def listen(path: str, backlog: int = 64) -> int:
    """A non-blocking listening socket at *path*, for its owner only; it replaces what is there, ready."""
    with _NearPath(f"{path}~") as near:
        if os.path.lexists(near):
            os.unlink(near)
        kind = _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK
        server = _socket.socket(_socket.AF_UNIX, kind)
        before = os.umask(0o177)
        try:
            server.bind(near)
        finally:
            os.umask(before)
        server.listen(backlog)
        os.rename(near, near.removesuffix("~"))
    return server.detach()


def connect(path: str) -> int:
    """A socket connected to the listener at *path*; FileNotFoundError, ConnectionRefusedError without."""
    with _NearPath(path) as near:
        client = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        try:
            client.connect(near)
        except OSError:
            client.close()
            raise
    return client.detach()


def receive(path: str) -> int:
    """A non-blocking datagram socket at *path*, to which everybody may send who finds it."""
    with _NearPath(path) as near:
        kind = _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK
        end = _socket.socket(_socket.AF_UNIX, kind)
        before = os.umask(0o111)
        try:
            end.bind(near)
        finally:
            os.umask(before)
    return end.detach()


def accept(listening: int) -> int:
    """The next connection, non-blocking and close-on-exec; BlockingIOError when nobody waits."""
    server = _socket.socket(fileno=listening)
    try:
        descriptor, _ = server._accept()  # type: ignore[attr-defined] # noqa: SLF001 - the C half has no other
    finally:
        server.detach()
    os.set_blocking(descriptor, False)
    return int(descriptor)


def peer(connection: int) -> "tuple[int, int, int]":
    """(pid, uid, gid) of the process that connected, as the kernel saw them then."""
    end = _socket.socket(fileno=connection)
    try:
        packed = end.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    finally:
        end.detach()
    pid, uid, gid = _struct.unpack("=iII", packed)
    return pid, uid, gid


def await_read(connection: int, patience: float = 5.0) -> None:
    """Wait until the other end has read what was sent, at most *patience* seconds. See SIOCOUTQ in tcp(7)."""
    deadline = time.monotonic() + patience
    while any(fcntl.ioctl(connection, _SIOCOUTQ, bytes(4))) and time.monotonic() < deadline:
        time.sleep(0.0005)


def widen(connection: int, size: int = 1 << 20) -> None:
    """Let *size* bytes wait in *connection*, or as many as net.core.wmem_max allows."""
    end = _socket.socket(fileno=connection)
    try:
        end.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, size)
    finally:
        end.detach()


class _NearPath:
    """A name for *path* that fits into an address: the directory by descriptor when the whole is too long."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.directory = -1

    def __enter__(self) -> str:
        if len(os.fsencode(self.path)) <= _LONGEST:
            return self.path
        parent, name = os.path.split(self.path)
        self.directory = os.open(parent, O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self.directory}/{name}"

    def __exit__(self, *_: object) -> None:
        if self.directory >= 0:
            os.close(self.directory)
