"""Forking a supervisor from a command, and hearing from it whether its container's process runs.

The talk is one SOCK_SEQPACKET pair: any number of {"warning"}, then {"pid"} or {"error", "hint", "code"}.
"""

import _socket
import os

from pyker.base.errors import PykerError
from pyker.base.jsonfile import dumps, loads
from pyker.base.value import Value
from pyker.kernel.process import become_subreaper, close_from, name_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    Life = Callable[["Report", "list[int]"], None]


class Started(Value):
    """A process under a supervisor: its pid, and this command's connection to its streams, or -1."""

    pid: int
    client: int = -1


class Report:
    """The supervisor's end of the talk."""

    def __init__(self, end: "_socket.socket") -> None:
        self._end = end

    def warn(self, text: str) -> None:
        """Let the command show a warning."""
        self._say({"warning": text})

    def started(self, pid: int) -> None:
        """The last word of a good start."""
        self._say({"pid": pid})
        self._end.close()

    def failed(self, error: PykerError) -> None:
        """The last word of a start that failed."""
        self._say({"error": error.message, "hint": error.hint, "code": error.code})

    def _say(self, facts: "dict[str, Any]") -> None:
        try:
            self._end.send(dumps(facts).encode(), _socket.MSG_NOSIGNAL)
        except (BrokenPipeError, ConnectionResetError):
            return  # the command was killed; what was asked is done all the same


def fork_supervisor(name: str, life: "Life", *, attached: bool, warn: "Callable[[str], None]") -> Started:
    """Fork a supervisor that lives *life*(report, clients); return when it reported its process.

    The supervisor has no other descriptor of the caller's. Raises the PykerError that it reported instead.
    """
    mine, theirs = _pair(_socket.SOCK_SEQPACKET)
    client, served = _pair(_socket.SOCK_STREAM) if attached else (None, None)
    if os.fork() == 0:
        clients = [served.detach()] if served is not None else []
        close_from(3, keep=[theirs.fileno(), *clients])
        _become_supervisor(name, life, Report(theirs), clients)
    theirs.close()
    if served is not None:
        served.close()
    try:
        pid = _listen(mine, warn)
    except BaseException:
        if client is not None:
            client.close()
        raise
    finally:
        mine.close()
    return Started(pid, client.detach() if client is not None else -1)


def _pair(kind: int) -> "tuple[_socket.socket, _socket.socket]":
    return _socket.socketpair(_socket.AF_UNIX, kind | _socket.SOCK_CLOEXEC)


def _listen(end: "_socket.socket", warn: "Callable[[str], None]") -> int:
    """Hear the supervisor out."""
    while message := end.recv(1 << 16):
        facts = loads(message)
        if "warning" in facts:
            warn(facts["warning"])
        elif "pid" in facts:
            return int(facts["pid"])
        else:
            raise PykerError(facts["error"], hint=facts["hint"], code=facts["code"])
    raise PykerError("the container's supervisor ended before it could start the container", code=125)


def _become_supervisor(name: str, life: "Life", report: Report, clients: "list[int]") -> "NoReturn":
    """It leaves by os._exit, never by returning into the command's stack."""
    status = 1
    try:
        _leave_caller(name)
        life(report, clients)
        status = 0
    except PykerError as error:
        report.failed(error)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        report.failed(PykerError(f"{error.strerror or error}{where}", code=125))
    finally:
        os._exit(status)


def _leave_caller(name: str) -> None:
    """Nothing of the caller's terminal, session or working directory is kept."""
    os.setsid()
    become_subreaper()
    name_process(f"pyker: {name}")
    os.chdir("/")
    os.umask(0o022)
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if null > 2:
        os.close(null)
