"""Forking a supervisor from a command, and hearing from it whether its container's process runs.

It is forked early, while the command has loaded little: it loads its own half of pyker, and takes the
kernel's slowest lock, while the command resolves names and writes documents. The talk is one
SOCK_SEQPACKET pair: {"order"} from the command; back any number of {"warning"}, then {"pid"} or
{"error", "hint", "code", "already"}.
"""

import _socket
import _struct
import os

from pyker.base.errors import ConflictError, PykerError
from pyker.base.jsonfile import dumps, loads
from pyker.base.value import Value
from pyker.kernel.process import become_subreaper, close_from, leave_caller, name_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, Self

    Life = Callable[["Report", "list[int]"], None]

MESSAGE = 1 << 16
_STDIO = _struct.Struct("3i")


class AlreadyRunningError(ConflictError):
    """Somebody else was first to start the container."""


class Started(Value):
    """A process under a supervisor: its pid, and this command's connection to its streams, or -1."""

    pid: int
    client: int = -1


class Passed(Value):
    """What a program gets of the command that starts it: its streams, if any, and more descriptors."""

    streams: "tuple[int, ...]" = ()
    descriptors: "tuple[int, ...]" = ()

    def close(self) -> None:
        """Let go of the *descriptors*: the program has them."""
        for descriptor in self.descriptors:
            os.close(descriptor)


NOTHING_PASSED = Passed()


class Report:
    """The supervisor's end of the talk."""

    def __init__(self, end: "_socket.socket", descriptors: "tuple[int, ...]" = ()) -> None:
        self._end = end
        self.passed = Passed(descriptors=descriptors)

    def order(self) -> str:
        """What the command wants, as soon as it knows; "" when it has given up."""
        room = _socket.CMSG_SPACE(_STDIO.size)
        message, rights, _, _ = self._end.recvmsg(MESSAGE, room, _socket.MSG_CMSG_CLOEXEC)
        if rights:
            self.passed = self.passed.replace(streams=_STDIO.unpack(rights[0][2]))
        return str(loads(message)["order"]) if message else ""

    def warn(self, text: str) -> None:
        """Let the command show a warning."""
        self._say({"warning": text})

    def started(self, pid: int) -> None:
        """The last word of a good start."""
        self._say({"pid": pid})
        self._end.close()

    def failed(self, error: PykerError) -> None:
        """The last word of a start that failed."""
        already = isinstance(error, AlreadyRunningError)
        self._say({"error": error.message, "hint": error.hint, "code": error.code, "already": already})

    def _say(self, facts: "dict[str, Any]") -> None:
        try:
            self._end.send(dumps(facts).encode(), _socket.MSG_NOSIGNAL)
        except (BrokenPipeError, ConnectionResetError):
            return  # the command was killed; what was asked is done all the same


class Supervisor:
    """The command's end, in a `with`: a supervisor that was not given an order ends when it is left."""

    def __init__(self, end: "_socket.socket", client: "_socket.socket | None") -> None:
        self._end = end
        self._client = client

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()
        if self._client is not None:
            self._client.close()

    def start(self, order: str, warn: "Callable[[str], None]", *, with_streams: bool = False) -> Started:
        """Give *order*, and *with_streams* our own 0, 1 and 2; return when its process runs.

        Raises the PykerError that was reported instead.
        """
        rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _STDIO.pack(0, 1, 2))] if with_streams else []
        self._end.sendmsg([dumps({"order": order}).encode()], rights, _socket.MSG_NOSIGNAL)
        pid = self._listen(warn)
        return Started(pid, self._client.detach() if self._client is not None else -1)

    def _listen(self, warn: "Callable[[str], None]") -> int:
        while message := self._end.recv(MESSAGE):
            facts = loads(message)
            if "warning" in facts:
                warn(facts["warning"])
            elif "pid" in facts:
                return int(facts["pid"])
            else:
                kind = AlreadyRunningError if facts["already"] else PykerError
                raise kind(facts["error"], hint=facts["hint"], code=facts["code"])
        raise PykerError("the container's supervisor ended before it could start the container", code=125)


def fork_supervisor(life: "Life", *, attached: bool, descriptors: "tuple[int, ...]" = ()) -> Supervisor:
    """Fork a supervisor that lives *life*(report, clients).

    Of the caller's descriptors it has *descriptors* alone, under the same numbers.
    """
    mine, theirs = _pair(_socket.SOCK_SEQPACKET)
    client, served = _pair(_socket.SOCK_STREAM) if attached else (None, None)
    if os.fork() == 0:
        clients = [served.detach()] if served is not None else []
        close_from(3, keep=[theirs.fileno(), *clients, *descriptors])
        _become_supervisor(life, Report(theirs, descriptors), clients)
    theirs.close()
    if served is not None:
        served.close()
    return Supervisor(mine, client)


def _pair(kind: int) -> "tuple[_socket.socket, _socket.socket]":
    return _socket.socketpair(_socket.AF_UNIX, kind | _socket.SOCK_CLOEXEC)


def _become_supervisor(life: "Life", report: Report, clients: "list[int]") -> "NoReturn":
    """It leaves by os._exit, never by returning into the command's stack."""
    status = 1
    try:
        leave_caller()
        become_subreaper()
        name_process("pyker")
        os.umask(0o022)
        life(report, clients)
        status = 0
    except PykerError as error:
        report.failed(error)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        report.failed(PykerError(f"{error.strerror or error}{where}", code=125))
    except Exception as error:  # noqa: BLE001 - the command must not wait for a word that never comes
        report.failed(PykerError(f"internal error: {type(error).__name__}: {error}", code=125))
    finally:
        os._exit(status)
