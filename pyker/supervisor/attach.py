"""The words on the attach socket, and the supervisor's side of one connection.

A frame is one byte of kind, four of length (big-endian) and the payload. A client begins with
HELLO; output flows from then on. EXIT is the supervisor's last word.
"""

import _struct
import os

from pyker.base import jsonfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STDIN, STDOUT, STDERR, RESIZE, EXIT, STDIN_CLOSED, HELLO, DETACHED = range(8)

HEADER = 5
MAX_FRAME = 1 << 20  # a longer one is no frame of ours
READ = 1 << 18


def header(kind: int, size: int) -> bytes:
    """The five bytes before a payload of *size*."""
    return _struct.pack(">BI", kind, size)


def frame(kind: int, payload: "bytes | dict[str, Any]" = b"") -> bytes:
    """One whole frame; a dict is sent as JSON."""
    data = payload if isinstance(payload, bytes) else jsonfile.dumps(payload).encode()
    return header(kind, len(data)) + data


class FrameError(ValueError):
    """The peer does not speak this protocol."""


class Frames:
    """Bytes in, frames out."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> "list[tuple[int, bytes]]":
        """The frames that *data* completes; FrameError for one longer than MAX_FRAME."""
        self._data += data
        found = []
        start = 0
        while len(self._data) - start >= HEADER:
            kind, size = _struct.unpack_from(">BI", self._data, start)
            if size > MAX_FRAME:
                raise FrameError(f"a frame of {size} bytes")
            if len(self._data) - start - HEADER < size:
                break
            found.append((kind, bytes(self._data[start + HEADER : start + HEADER + size])))
            start += HEADER + size
        del self._data[:start]
        return found


def payload_document(payload: bytes) -> "dict[str, Any]":
    """The JSON object in *payload*; FrameError when it is none."""
    try:
        document = jsonfile.loads(payload)
    except ValueError as error:
        raise FrameError(str(error)) from None
    if not isinstance(document, dict):
        raise FrameError("not a JSON object")
    return document


class Client:
    """One connection: what it wants to see and what it has not taken yet."""

    def __init__(self, descriptor: int, *, first: bool) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.first = first  # came with the container: it may stall the output as long as it likes
        self.greeted = False
        self.wants: "frozenset[int]" = frozenset()
        self.feeds = False  # sends stdin
        self.waiting = bytearray()
        self.progress = 0.0  # when it last took something
        self.gone = False
        self.detached = False  # it said so
        self._frames = Frames()

    def greet(self, payload: bytes) -> None:
        """Take its HELLO."""
        wishes = payload_document(payload)
        self.greeted = True
        self.feeds = bool(wishes.get("stdin"))
        kinds = ((STDOUT, "stdout"), (STDERR, "stderr"))
        self.wants = frozenset(kind for kind, name in kinds if wishes.get(name, True))

    def send(self, kind: int, payload: bytes, now: float) -> None:
        """Send one frame as far as the socket takes it now; the rest waits."""
        start = header(kind, len(payload))
        taken = 0
        if not self.waiting:
            self.progress = now
            try:
                taken = os.writev(self.descriptor, (start, payload))
            except BlockingIOError:
                pass
            except OSError:
                self.gone = True
                return
        if taken < HEADER + len(payload):
            rest = memoryview(payload)[max(0, taken - HEADER) :]
            self.waiting += start[taken:]
            self.waiting += rest

    def flush(self, now: float) -> None:
        """Send what waits, as far as the socket takes it now."""
        try:
            taken = os.write(self.descriptor, memoryview(self.waiting)[:READ])
        except BlockingIOError:
            return
        except OSError:
            self.gone = True
            return
        del self.waiting[:taken]
        self.progress = now

    def receive(self) -> "list[tuple[int, bytes]]":
        """What it says; marks it gone at the end of the connection. Raises FrameError for nonsense."""
        try:
            data = os.read(self.descriptor, READ)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.gone = True
        return self._frames.feed(data)
