"""Seccomp's listener: the descriptor by which an agent answers system calls, handed to who is to answer.

The child loads its filter, sends the descriptor and waits; the parent sends it on, with what the
runtime-spec calls the container process state, to the socket at listenerPath.
"""

import _socket
import os

from pyker.base.errors import PykerError
from pyker.base.jsonfile import dumps
from pyker.runtime.message import send_descriptor

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

    def take(self, pid: int, descriptor: int) -> None:
        """Give it the *descriptor* of process *pid*, and close ours; PykerError if it does not listen."""
        status = "running" if self._first else "creating"
        state = {**self._state, "status": status, "pid": self._first or pid}
        document = {"ociVersion": state["ociVersion"], "fds": ["seccompFd"], "pid": pid}
        document |= {"metadata": self._metadata, "state": state}
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
