"""Netlink messages packed by hand: the few that `run` sends, without a library's 150 ms of import.

Messages of one request leave in one datagram and the kernel works through them in order. See
netlink(7), rtnetlink(7) and linux/netlink.h; the tests compare the bytes with what pyroute2 decodes.
"""

import _socket
import _struct
import errno
import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Final, Self

AF_NETLINK: "Final" = 16
SOCK_RAW_CLOEXEC: "Final" = 3 | 0o2000000
ROUTE: "Final" = 0  # protocols
NETFILTER: "Final" = 12

REQUEST, ACK, DUMP = 0x1, 0x4, 0x300  # flags of a message
EXCL, CREATE, APPEND = 0x200, 0x400, 0x800
NLMSG_ERROR, NLMSG_DONE = 2, 3
_ACK_TLVS = 0x200
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_NESTED = 0x8000
_ERROR_TEXT = 1  # NLMSGERR_ATTR_MSG
_HEADER = 16
_BUFFER = 1 << 16
_SIOCGIFINDEX = 0x8933


class Message:
    """One request to the kernel: its type, flags and body (family header and attributes).

    A *silent* one is not answered unless it fails.
    """

    __slots__ = ("body", "flags", "kind", "silent")

    def __init__(self, kind: int, body: bytes, flags: int = 0, *, silent: bool = False) -> None:
        self.kind = kind
        self.body = body
        self.flags = flags | REQUEST | (0 if silent else ACK)
        self.silent = silent

    def pack(self, sequence: int) -> bytes:
        """The message as it travels, padded so that another may follow."""
        header = _struct.pack("=IHHII", _HEADER + len(self.body), self.kind, self.flags, sequence, 0)
        return _padded(header + self.body)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def attribute(kind: int, value: "bytes | int | str") -> bytes:
    """One attribute: an int is 32 bits in host order, a str is ended by NUL."""
    if isinstance(value, int):
        value = _struct.pack("=I", value)
    elif isinstance(value, str):
        value = value.encode() + b"\0"
    return _padded(_struct.pack("=HH", 4 + len(value), kind) + value)


def nested(kind: int, *parts: bytes) -> bytes:
    """An attribute that holds attributes."""
    return attribute(kind | _NESTED, b"".join(parts))


def attributes(data: bytes) -> "Iterator[tuple[int, bytes]]":
    """Each attribute in *data* as (kind, value); ends quietly at a malformed one."""
    offset = 0
    while offset + 4 <= len(data):
        length, kind = _struct.unpack_from("=HH", data, offset)
        if length < 4 or offset + length > len(data):
            return
        yield kind & 0x3FFF, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


class Netlink:
    """A netlink socket in the network namespace where it was made; use it in a `with`."""

    def __init__(self, protocol: int = ROUTE) -> None:
        self._socket = _socket.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol)
        self._socket.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
        self._sequence = 0

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        self._socket.close()

    def request(self, *messages: Message) -> "list[bytes]":
        """Send all *messages*, wait until each is done, and return the bodies of what the kernel answered.

        Raises OSError with the kernel's own words for the first that failed; the others were still tried.
        """
        datagram, pending = b"", set()
        for message in messages:
            self._sequence += 1
            datagram += message.pack(self._sequence)
            if not message.silent:
                pending.add(self._sequence)
        self._socket.send(datagram)
        return self._collect(pending)

    def leave_open(self) -> None:
        """Let the end of the process close the socket, where closing it would wait for the kernel."""
        self._socket.detach()

    def index_of(self, name: str) -> int:
        """The index of the link called *name* in the socket's namespace; see SIOCGIFINDEX in netdevice(7)."""
        request = _struct.pack("16sI20x", name.encode(), 0)
        answer = fcntl.ioctl(self._socket.fileno(), _SIOCGIFINDEX, request)
        return int(_struct.unpack_from("16xI", answer)[0])

    def _collect(self, pending: "set[int]") -> "list[bytes]":
        """Read until every sequence number in *pending* is answered."""
        answers: list[bytes] = []
        failure: OSError | None = None
        while pending:
            for kind, flags, sequence, body in _messages(self._socket.recv(_BUFFER)):
                if sequence not in pending:
                    continue
                if kind not in (NLMSG_ERROR, NLMSG_DONE):
                    answers.append(body)
                    continue
                pending.discard(sequence)
                failure = failure or _failure(body, flags)
        if failure:
            raise failure
        return answers


def _messages(data: bytes) -> "Iterator[tuple[int, int, int, bytes]]":
    offset = 0
    while offset + _HEADER <= len(data):
        length, kind, flags, sequence, _ = _struct.unpack_from("=IHHII", data, offset)
        if length < _HEADER:
            return
        yield kind, flags, sequence, data[offset + _HEADER : offset + length]
        offset += (length + 3) & ~3


def _failure(body: bytes, flags: int) -> "OSError | None":
    """The error in an acknowledgement, None when it tells success."""
    number = -int(_struct.unpack_from("=i", body)[0]) if len(body) >= 4 else 0
    if number == 0:
        return None
    words = os.strerror(number)
    if flags & _ACK_TLVS:  # after the code and the header of the message it answers
        texts = dict(attributes(body[4 + _HEADER :]))
        words = texts.get(_ERROR_TEXT, b"").rstrip(b"\0").decode(errors="replace") or words
    return OSError(number, f"netlink: {words}")


def absent(error: OSError) -> bool:
    """Whether *error* says that the thing asked for does not exist."""
    return error.errno in (errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.ENXIO)
