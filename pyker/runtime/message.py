"""The words the two halves of a start exchange, over one SOCK_SEQPACKET pair.

    parent → child   mapped      (in a new user namespace) your ids are written
    child  → parent  ready       my namespaces stand: wire the network, I mount meanwhile
    child  → parent  console     (with a descriptor) the master side of my terminal
    child  → parent  mounted     (with hooks of the runtime) the root stands: run them
    parent → child   go          the network stands: become the container's program
    child  → parent  listener    (with a descriptor) by it my seccomp filter asks: give it to the agent
    child  → parent  failed      {"message", "hint", "code"}: what could not be done
    child  → parent  created     (a held start) all is done but execve(2), which waits for its start
    (end of file)                execve(2) worked; the last descriptor closed itself
A four-byte message is the errno of the execve that the trampoline reports.
"""

import _socket
import _struct
import os

from pyker.base.errors import CommandError, PykerError
from pyker.base.jsonfile import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

READY, CONSOLE, GO, MAPPED, CREATED = b"ready", b"console", b"go", b"mapped", b"created"
MOUNTED, LISTENER = b"mounted", b"listener"
LEFT = b"(left)"  # nobody says this
_LIMIT = 1 << 16


class LaunchError(PykerError):
    """The container's process could not be started; the message says what was being done."""

    code = 125


def pair() -> "tuple[_socket.socket, _socket.socket]":
    """The parent's end and the child's end."""
    left, right = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
    return left, right


def say(end: "_socket.socket", word: bytes) -> None:
    """Send *word*; a peer that is gone is found out by the next *hear*."""
    try:
        end.send(word, _socket.MSG_NOSIGNAL)
    except (BrokenPipeError, ConnectionResetError):
        return


def hear(end: "_socket.socket") -> bytes:
    """The next message, b"" at the end of the talk, LEFT when the peer went with a word of ours unread."""
    try:
        return end.recv(_LIMIT)
    except ConnectionResetError:  # is told before what the peer said last, see sock_error() in the kernel
        return end.recv(_LIMIT) or LEFT


def hear_word(end: "_socket.socket", word: bytes) -> None:
    """Wait for *word*; anything else is raised as what went wrong in the child."""
    message = hear(end)
    if message != word:
        raise_failure(message, "the container's process ended before it was set up")


def send_descriptor(end: "_socket.socket", word: bytes, descriptor: int) -> None:
    """Send *word* with an open *descriptor*. See SCM_RIGHTS in unix(7)."""
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _struct.pack("i", descriptor))
    end.sendmsg([word], [rights])


def receive_descriptor(end: "_socket.socket", word: bytes) -> int:
    """The descriptor that came with *word*."""
    message, descriptor = hear_with_descriptor(end)
    if message != word or descriptor < 0:
        raise_failure(message, "the container's terminal did not arrive")
    return descriptor


def hear_with_descriptor(end: "_socket.socket") -> "tuple[bytes, int]":
    """As *hear*, with the descriptor that came along, or -1."""
    try:
        message, ancillary, _, _ = end.recvmsg(_LIMIT, _socket.CMSG_SPACE(4), _socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return hear(end), -1
    return message, _struct.unpack_from("i", ancillary[0][2])[0] if ancillary else -1


def failure(doing: str, error: BaseException) -> bytes:
    """*error*, met while *doing*, as a message."""
    if isinstance(error, PykerError):
        facts: dict[str, Any] = {"message": error.message, "hint": error.hint, "code": error.code}
    else:
        facts = {"message": f"cannot {doing}: {_words(error)}", "hint": "", "code": LaunchError.code}
    return dumps({"failed": facts}).encode()


def _words(error: BaseException) -> str:
    if not isinstance(error, OSError) or error.errno is None:
        return f"{type(error).__name__}: {error}"
    reason = os.strerror(error.errno).lower()
    return f"{reason}: {error.filename}" if error.filename else reason


def raise_failure(message: bytes, otherwise: str) -> "NoReturn":
    """Raise what the child reported in *message*; *otherwise* when it said nothing."""
    if not message.startswith(b"{"):
        raise LaunchError(otherwise)
    facts = loads(message)["failed"]
    kind = CommandError if facts["code"] in (126, 127) else LaunchError
    raise kind(facts["message"], hint=facts["hint"], code=facts["code"])


def exec_failure(number: int, name: str) -> CommandError:
    """What execve(2)'s errno means for the command *name*, in Docker's words and with its code."""
    import errno

    code = 127 if number in (errno.ENOENT, errno.ENOTDIR) else 126
    reason = os.strerror(number).lower()
    hint = ""
    if number == errno.ENOENT:
        hint = "the file is there, but the interpreter named in its first line, or its loader, is not"
    if number == errno.ENOEXEC:
        reason, hint = "exec format error", "is it built for this processor, or a script without #! line?"
    return CommandError(f'exec: "{name}": {reason}', hint=hint, code=code)
