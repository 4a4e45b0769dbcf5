"""A host of one's own to make networks on: the test itself moves into a fresh network namespace.

outside 192.0.2.2 ---- 192.0.2.1 host ---- bridge ---- containers
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from types import TracebackType

from pyker.kernel.namespaces import NEWNET, setns

HOST, OUTSIDE = "192.0.2.1", "192.0.2.2"
DATAGRAMS = 2  # sent before a port counts as out of reach
PATIENCE = 0.5  # seconds until an address counts as unreachable


class Namespace:
    """The network namespace of process *pid*; in a `with`, the test is inside."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._before = -1

    def __enter__(self) -> None:
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        namespace = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        setns(namespace, NEWNET)
        os.close(namespace)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        setns(self._before, NEWNET)
        os.close(self._before)

    def run(self, *words: str) -> str:
        """What a program prints that runs inside."""
        with self:
            return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """*count* namespaces, gone at the end."""
    holders: list[subprocess.Popen[bytes]] = []
    words = ["unshare", "--net", "sh", "-c", "echo; exec sleep 600"]
    try:
        for _ in range(count):
            holders.append(subprocess.Popen(words, stdout=subprocess.PIPE))
            assert holders[-1].stdout
            holders[-1].stdout.readline()
        yield [Namespace(holder.pid) for holder in holders]
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


@contextmanager
def host() -> Iterator[Namespace]:
    """Turn the test into a host with loopback and a network `out0`; yields the machine at its other end."""
    with namespaces(2) as (inner, outer), inner:
        for words in (
            ["link", "set", "lo", "up"],
            ["link", "add", "out0", "type", "veth", "peer", "name", "out1", "netns", str(outer.pid)],
            ["address", "add", f"{HOST}/24", "dev", "out0"],
            ["link", "set", "out0", "up"],
            ["route", "add", "default", "via", OUTSIDE],
        ):
            subprocess.run(["ip", *words], check=True)
        outer.run("ip", "address", "add", f"{OUTSIDE}/24", "dev", "out1")
        outer.run("ip", "link", "set", "out1", "up")
        outer.run("ip", "link", "set", "lo", "up")
        yield outer


def listen(
    where: Namespace | None, port: int, kind: int = socket.SOCK_STREAM, address: str = ""
) -> socket.socket:
    """A server in *where*, or where the test is."""
    with where or nullcontext():
        server = socket.socket(socket.AF_INET, kind)
    try:
        server.settimeout(PATIENCE)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        if kind == socket.SOCK_STREAM:
            server.listen()
    except OSError:
        server.close()
        raise
    return server


def reach(server: socket.socket, address: str, port: int) -> str:
    """Send a word from here to *address* and back from *server*; the source it saw, "" when unreachable.

    A datagram may get lost on a busy machine: it is sent once more.
    """
    tries = 1 if server.type == socket.SOCK_STREAM else DATAGRAMS
    return next(filter(None, (_try_to_reach(server, address, port) for _ in range(tries))), "")


def _try_to_reach(server: socket.socket, address: str, port: int) -> str:
    with closing(socket.socket(socket.AF_INET, server.type)) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect((address, port))
            client.send(b"ping")
            return _answer(server, client)
        except (TimeoutError, OSError):
            return ""


def _answer(server: socket.socket, client: socket.socket) -> str:
    if server.type == socket.SOCK_STREAM:
        peer, (source, _) = server.accept()
        with closing(peer):
            peer.settimeout(PATIENCE)
            peer.send(peer.recv(16))
    else:
        word, (source, port) = server.recvfrom(16)
        server.sendto(word, (source, port))
    assert client.recv(16) == b"ping"
    return str(source)
