"""Scopes of systemd: parts of the v2 tree that it leaves to whoever asked for them.

Where systemd runs the tree is its own; only below a unit with Delegate=yes may others make groups (see
https://systemd.io/CGROUP_DELEGATION). Root asks the system's systemd, users their own, which also has the
rights to fetch a process out of session-N.scope, where a login by ssh or on a console lives. See
org.freedesktop.systemd1(5), "Manager Object", and the D-Bus specification, "Message Protocol"; the sockets
are those `systemctl` speaks to.
"""

import _socket
import _struct
import errno
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 5.0  # seconds
_RETURN, _ERROR = 2, 3  # D-Bus message types
_PATH, _INTERFACE, _MEMBER, _DESTINATION, _SIGNATURE = 1, 2, 3, 6, 8  # header fields
_MANAGER = "org.freedesktop.systemd1"


def outside_uid() -> int:
    """The effective uid of this process as the machine sees it, from inside a user namespace too."""
    uid = os.geteuid()
    with open("/proc/self/uid_map", "rb") as file:
        rows = [[int(word) for word in line.split()] for line in file]
    return next(
        (outside + uid - inside for inside, outside, count in rows if inside <= uid < inside + count), uid
    )


def address() -> str:
    """The socket of the systemd that this process may ask for scopes."""
    uid = outside_uid()
    return f"/run/user/{uid}/systemd/private" if uid else "/run/systemd/private"


def move(pid: int = 0) -> None:
    """Have systemd put process *pid* (0: this one) into a scope of its own.

    Raises OSError when there is no such systemd, or it refuses.
    """
    start(f"pyker-{os.urandom(6).hex()}.scope", pid)


def start(name: str, pid: int = 0, place: str = "") -> None:
    """Start scope *name* with process *pid* in it, below slice *place*; as *move* otherwise."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(address())
        _authenticate(connection)
        connection.sendall(_call(name, pid, place))
        _await_reply(connection)
    finally:
        connection.close()
    _await_move(pid, name)


def _authenticate(connection: "_socket.socket") -> None:
    """SASL EXTERNAL without naming ourselves: inside a user namespace we have another name than outside."""
    connection.sendall(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")
    answer = b""
    while answer.count(b"\r\n") < 2:
        if not (more := connection.recv(1)):
            break
        answer += more
    if b"OK " not in answer:
        raise OSError(errno.EACCES, "systemd does not know us")


class _Writer:
    """D-Bus values, little-endian, each at its alignment."""

    def __init__(self) -> None:
        self.data = bytearray()

    def align(self, size: int) -> None:
        self.data += bytes(-len(self.data) % size)

    def number(self, value: int) -> None:
        self.align(4)
        self.data += _struct.pack("<I", value)

    def string(self, text: str) -> None:
        self.number(len(text))
        self.data += text.encode() + b"\0"

    def signature(self, text: str) -> None:
        self.data += bytes([len(text)]) + text.encode() + b"\0"

    def array(self, alignment: int, fill: "Callable[[], None]") -> None:
        """An array whose items *fill* writes; its length counts from the first item."""
        self.number(0)
        place = len(self.data) - 4
        self.align(alignment)
        start = len(self.data)
        fill()
        _struct.pack_into("<I", self.data, place, len(self.data) - start)


def _call(name: str, pid: int, place: str) -> bytes:
    """The message StartTransientUnit(name, "fail", properties, no auxiliary units)."""
    body = _Writer()
    body.string(name)
    body.string("fail")
    body.array(8, lambda: _properties(body, pid, place))
    body.array(8, lambda: None)
    head = _Writer()
    head.data += _struct.pack("<cBBBII", b"l", 1, 0, 1, len(body.data), 1)
    head.array(8, lambda: _fields(head))
    head.align(8)
    return bytes(head.data + body.data)


def _properties(body: _Writer, pid: int, place: str) -> None:
    body.align(8)
    body.string("PIDs")
    body.signature("au")
    body.array(4, lambda: body.number(pid))
    body.align(8)
    body.string("Delegate")
    body.signature("b")
    body.number(1)
    body.align(8)
    body.string("CollectMode")
    body.signature("s")
    body.string("inactive-or-failed")
    body.align(8)
    body.string("TasksMax")  # the container's own group has the limit
    body.signature("t")
    body.align(8)
    body.data += bytes([255] * 8)
    body.align(8)
    body.string("Before")  # at shutdown, the service that stops containers goes first: see pyker/units/
    body.signature("as")
    body.array(4, lambda: body.string("pyker.service"))
    if place:
        body.align(8)
        body.string("Slice")
        body.signature("s")
        body.string(place)


def _fields(head: _Writer) -> None:
    rows = (
        (_PATH, "o", "/org/freedesktop/systemd1"),
        (_INTERFACE, "s", f"{_MANAGER}.Manager"),
        (_MEMBER, "s", "StartTransientUnit"),
        (_DESTINATION, "s", _MANAGER),
    )
    for field, kind, text in rows:
        head.align(8)
        head.data += bytes([field])
        head.signature(kind)
        head.string(text)
    head.align(8)
    head.data += bytes([_SIGNATURE])
    head.signature("g")
    head.signature("ssa(sv)a(sa(sv))")


def _await_reply(connection: "_socket.socket") -> None:
    """Read messages until the answer to ours; OSError with systemd's words when it is an error."""
    while True:
        head = _read(connection, 16)
        kind, size, fields = head[1], *_struct.unpack_from("<I4xI", head, 4)
        rest = _read(connection, fields + -fields % 8 + size)
        if kind == _ERROR:
            words = rest[len(rest) - size + 4 :].rstrip(b"\0").decode(errors="replace")
            raise OSError(errno.EACCES, f"systemd gives no scope: {words}")
        if kind == _RETURN:
            return


def _read(connection: "_socket.socket", size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (more := connection.recv(size - len(data))):
            raise OSError(errno.ECONNRESET, "systemd hung up")
        data += more
    return data


def _await_move(pid: int, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with open(f"/proc/{pid or 'self'}/cgroup", encoding="utf-8") as file:
            if f"/{name}\n" in file.read():
                return
        if time.monotonic() > deadline:
            raise OSError(errno.ETIMEDOUT, f"systemd did not put the process into {name}")
        time.sleep(0.001)
