"""Supervisors and clients for tests: real processes, real sockets."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyker.kernel import sockets
from pyker.supervisor import attach

PYTHON = sys.executable
PATIENCE = 20.0
TREE = Path(__file__).parents[2]


def until(condition: "Callable[[], Any]", patience: float = PATIENCE) -> "Any":
    """The first true answer of *condition*."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"not within {patience} s")


def pair() -> "tuple[int, int]":
    """Two connected descriptors."""
    one, other = socket.socketpair()
    return one.detach(), other.detach()


class Peer:
    """A client that speaks the frames by hand."""

    def __init__(self, descriptor: int, **wishes: bool) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.socket.settimeout(PATIENCE)
        self.frames: list[tuple[int, bytes]] = []
        self._parser = attach.Frames()
        if wishes:
            self.say(attach.HELLO, wishes)

    def say(self, kind: int, payload: "bytes | dict[str, Any]" = b"") -> None:
        self.socket.sendall(attach.frame(kind, payload))

    def hear(self, until_kind: int = attach.EXIT, until_text: bytes = b"") -> bytes:
        """Read until a frame of *until_kind*, or until stdout holds *until_text*; all of stdout so far."""
        while not any(kind == until_kind for kind, _ in self.frames):
            if until_text and until_text in self.text(attach.STDOUT):
                break
            data = self.socket.recv(1 << 18)
            if not data:
                break
            self.frames += self._parser.feed(data)
        return self.text(attach.STDOUT)

    def text(self, kind: int) -> bytes:
        return b"".join(payload for each, payload in self.frames if each == kind)

    def code(self) -> "int | None":
        told = self.text(attach.EXIT)
        return json.loads(told)["code"] if told else None


class Supervised:
    """One fake container with its supervisor."""

    def __init__(self, directory: Path, *argv: str, attached: bool = True, **spec: Any) -> None:
        self.directory = directory
        mine, theirs = pair() if attached else (-1, -1)
        spec |= {"argv": argv, "directory": str(directory), "clients": [theirs] if attached else []}
        words = [PYTHON, "-m", "tests.support.supervisor_program", "start", json.dumps(spec)]
        self.process = subprocess.Popen(words, cwd=TREE, pass_fds=spec["clients"], start_new_session=True)
        self.connection = mine
        self.peers: list[Peer] = []
        if attached:
            os.close(theirs)

    def attach(self, **wishes: bool) -> Peer:
        """One more client."""
        path = self.directory / "attach"
        until(path.exists)
        return self._peer(sockets.connect(str(path)), wishes or {"stdout": True})

    def first(self, **wishes: bool) -> Peer:
        """The client that came with the container."""
        return self._peer(self.connection, wishes or {"stdin": True})

    def _peer(self, connection: int, wishes: "dict[str, bool]") -> Peer:
        self.peers.append(Peer(connection, **wishes))
        return self.peers[-1]

    def wait(self) -> int:
        """Its recorded exit code, once the supervisor has gone."""
        self.process.wait(PATIENCE)
        return int((self.directory / "exit").read_text())

    def log(self) -> "list[dict[str, str]]":
        """The records of the log so far."""
        path = self.directory / "ctr.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def logged(self) -> str:
        """The text of the log."""
        return "".join(record["log"] for record in self.log())

    def is_parked(self) -> bool:
        return os.readlink(f"/proc/{self.process.pid}/exe").startswith("/memfd:pyker-park")

    def pid(self) -> int:
        """Of the container's process."""
        path = self.directory / "pid"
        return int(until(lambda: path.exists() and path.read_text()))

    def end(self) -> None:
        """Close every connection, kill what a failed test left."""
        for peer in self.peers:
            peer.socket.close()
        if self.process.poll() is None:
            try:
                os.kill(self.pid(), 9)
                self.process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.wait()


def foreground(connection: int, *words: str, **streams: Any) -> "subprocess.Popen[bytes]":
    """The client of the engine as a process of its own, with *streams* as Popen takes them."""
    argv = [PYTHON, "-m", "tests.support.foreground_program", str(connection), *words]
    process = subprocess.Popen(argv, cwd=TREE, pass_fds=[connection], **streams)
    os.close(connection)
    return process
