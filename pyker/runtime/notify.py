"""Seccomp's listener: the descriptor by which an agent answers system calls, handed to who is to answer.

The child loads its filter, tells the descriptor's number and waits; the parent fetches it from there and
sends it, with what the runtime-spec calls the container process state, to the socket at listenerPath.
"""

import _socket
import _struct
import os

from pyker.base.errors import PykerError
from pyker.base.jsonfile import dumps
from pyker.kernel.libc import syscall
from pyker.runtime.message import LISTENER, send_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Agent:
    """Who answers for one container; *first* is its first process, when that runs already."""

    def __init__(self, spec: "dict[str, Any]", identity: str, bundle: str, first: int = 0) -> None:
        section = spec["linux"]["seccomp"]
        self._path: str = section["listenerPath"]
        self._metadata: str = section.get("listenerMetadata") or ""
        self._first = first
        self._state = {"ociVersion": spec.get("ociVersion") or "1.0.2", "id": identity, "bundle": bundle}
        self._state["annotations"] = spec.get("annotations") or {}

    def take(self, pid: int, message: bytes) -> None:
        """Give it the descriptor that *message* of process *pid* tells; PykerError if it does not listen."""
        status = "running" if self._first else "creating"
        state = {**self._state, "status": status, "pid": self._first or pid}
        document = {"ociVersion": state["ociVersion"], "fds": ["seccompFd"], "pid": pid}
        document |= {"metadata": self._metadata, "state": state}
        descriptor = _fetch(pid, _struct.unpack_from("=i", message, len(LISTENER))[0])
        end = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        try:
            end.connect(self._path)
            send_descriptor(end, dumps(document).encode(), descriptor)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise PykerError(f"cannot reach the seccomp agent at {self._path}: {reason}") from error
        finally:
            end.close()
            os.close(descriptor)


def _fetch(pid: int, number: int) -> int:
    """See pidfd_getfd(2)."""
    process = os.pidfd_open(pid)
    try:
        return syscall("pidfd_getfd", process, number, 0, about="the seccomp listener")
    finally:
        os.close(process)
