r"""The log file: Docker's json-file format, written a whole chunk at a time.

    {"log":"a line\n","stream":"stdout","time":"2026-11-30T22:57:05.802863977Z"}

A line longer than 16 KiB is cut into records without "\n" but the last, and so is an unfinished
line at the end. Escapes are those of Docker: \n \r \" \\, the rest below space and < > & as \u00XX,
bytes that are not UTF-8 as \ufffd. One chunk has one time. What does not fit on the disk is dropped
and counted, and a record says so once there is room; it never stops the container.
"""

import _json
import errno
import os
import time
import zlib

from pyker.base.errors import InvalidError
from pyker.base.jsonfile import write_all
from pyker.model.log_config import JOURNALD, JSON_FILE, K8S_FILE, NONE, PASSTHROUGH, parse_count, parse_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 16384
PIECE = 1 << 15  # encoded at once: short lines grow 35-fold

_PLAIN = bytes(set(range(256)) - set(range(32)) | {10})  # all but the control characters to escape
_SIGNS = ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))
_BROKEN = dict.fromkeys(range(0xDC80, 0xDD00), "\ud804")  # what surrogateescape makes of a byte
_SPECIAL = (  # U+2028, U+2029 and the mark above
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
    (b"\xed\xa0\x84", b"\\ufffd"),
)
_MARKS = (  # characters that no decoded text holds stand for new line, tab, back space and form feed
    ("\n", "\ud800", b"\n"),
    ("\t", "\ud801", b"\\u0009"),
    ("\b", "\ud802", b"\\u0008"),
    ("\f", "\ud803", b"\\u000c"),
)


def timestamp(nanoseconds: "int | None" = None) -> str:
    """A time as Go's RFC3339Nano has it: UTC, no zeros at the end of the fraction."""
    seconds, fraction = divmod(time.time_ns() if nanoseconds is None else nanoseconds, 1_000_000_000)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{text}.{fraction:09}".rstrip("0").rstrip(".") + "Z"


def escape(data: bytes) -> bytes:
    """*data* as the inside of a JSON string, as Docker writes it; new lines are left as they are."""
    controls = data.translate(None, _PLAIN)
    if len(controls) > len(data) >> 5:
        return _escape_binary(data)
    for sign, escaped in _SIGNS:
        if sign in data:
            data = data.replace(sign, escaped)
    for control in set(controls):
        data = data.replace(bytes((control,)), b"\\r" if control == 13 else b"\\u%04x" % control)
    return data if data.isascii() else _escape_special(_decode(data).encode("utf-8", "surrogatepass"))


def _decode(data: bytes) -> str:
    """As Go: every byte that is no part of a character by itself becomes a mark (Python would join some)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape").translate(_BROKEN)


def _escape_special(data: bytes) -> bytes:
    for character, escaped in _SPECIAL:
        data = data.replace(character, escaped)
    return data


def _escape_binary(data: bytes) -> bytes:
    """As *escape*, where there is much to do: one pass in C, marks for what it would write differently."""
    text = data.decode() if data.isascii() else _decode(data)
    marks = [mark for mark in _MARKS if mark[0] in text]
    for sign, mark, _ in marks:
        text = text.replace(sign, mark)
    out = _json.encode_basestring(text)[1:-1].encode("utf-8", "surrogatepass")
    for _, mark, written in marks:
        out = out.replace(mark.encode("utf-8", "surrogatepass"), written)
    for byte, written in _SIGNS[2:]:
        out = out.replace(byte, written)
    return out if data.isascii() else _escape_special(out)


def records(data: bytes, stream: str, when: str, attributes: str = "") -> bytes:
    """The records for *data*: whole lines, or one piece of a line; *attributes* is a JSON object or empty."""
    head = b'{"log":"'
    more = f',"attrs":{attributes}' if attributes else ""
    tail = f'","stream":"{stream}"{more},"time":"{when}"}}\n'.encode()
    body = escape(data)
    if not body.endswith(b"\n"):
        return head + body + tail
    return head + body.replace(b"\n", b"\\n" + tail + head)[: -len(head)]


def pieces(data: bytes, *, end: bool) -> "Iterator[bytes]":
    """*data* cut into runs of whole lines and pieces of long ones; a begun line is left, but at the *end*."""
    start, size = 0, len(data)
    run = 0
    while start < size:
        newline = data.rfind(b"\n", start, start + LONGEST)
        if newline >= 0:
            start = newline + 1
            if start - run >= PIECE:
                yield data[run:start]
                run = start
            continue
        if size - start < LONGEST and not end:
            break
        if run < start:
            yield data[run:start]
        yield data[start : start + LONGEST]
        start = run = min(start + LONGEST, size)
    if run < start:
        yield data[run:start]


class NoLog:
    """The driver `none`."""

    def write(self, stream: str, data: bytes) -> None:
        """Forget *data*."""

    def end(self, stream: str) -> None:
        """Nothing is held back."""

    def held(self) -> "tuple[tuple[str, str], ...]":
        """Nothing is held back."""
        return ()

    def close(self) -> None:
        """Nothing is open."""


class JsonFile(NoLog):
    """The driver `json-file`: appends to *path*, rotates at max-size, keeps max-file files."""

    def __init__(
        self, path: str, options: "tuple[tuple[str, str], ...]" = (), held: "tuple[tuple[str, str], ...]" = ()
    ) -> None:
        given = dict(options)
        self.path = path
        self.limit = parse_size(given.get("max-size", "-1"))
        self.files = parse_count(given.get("max-file", "1"))
        self._attributes = given.get("attrs", "")
        self._compresses = given.get("compress") == "true"
        self._begun = {stream: text.encode("latin-1") for stream, text in held}
        self._lost = 0
        self._reason = ""
        self._descriptor = -1
        self._size = 0
        self._open()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self.path, flags, 0o640)
        self._size = os.fstat(self._descriptor).st_size

    def write(self, stream: str, data: bytes) -> None:
        """Log what came from *stream*; a line not finished yet is held back."""
        whole = self._begun.pop(stream, b"") + data
        self._log(stream, whole, end=False)

    def end(self, stream: str) -> None:
        """The stream is at its end: log what was held back."""
        self._log(stream, self._begun.pop(stream, b""), end=True)

    def held(self) -> "tuple[tuple[str, str], ...]":
        """Begun lines, for the constructor's *held*."""
        return tuple((stream, data.decode("latin-1")) for stream, data in self._begun.items())

    def close(self) -> None:
        """Log what is held back and close the file."""
        for stream in tuple(self._begun):
            self.end(stream)
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _log(self, stream: str, data: bytes, *, end: bool) -> None:
        when, done = timestamp(), 0
        for piece in pieces(data, end=end):
            self._append(self.encode(piece, stream, when), len(piece))
            done += len(piece)
        if done < len(data):
            self._begun[stream] = data[done:]

    def encode(self, data: bytes, stream: str, when: str) -> bytes:
        """The records for *data*: whole lines, or one piece of a line."""
        return records(data, stream, when, self._attributes)

    def _append(self, data: bytes, original: int) -> None:
        """Add whole records; a record that does not fit leaves no part of itself."""
        try:
            if self._lost:
                data = self._confession() + data
            while data:
                self._make_room()
                cut = self._cut(data)
                write_all(self._descriptor, data[:cut])
                self._size += cut
                data = data[cut:]
        except OSError as error:
            self._drop(original, error)
        else:
            self._lost = 0

    def _cut(self, data: bytes) -> int:
        """How much of *data* still goes into this file: up to the record that reaches the limit."""
        room = self.limit - self._size
        if self.limit <= 0 or len(data) <= room:
            return len(data)
        return data.index(b"\n", room - 1) + 1

    def _drop(self, count: int, error: OSError) -> None:
        self._lost += count
        self._reason = os.strerror(error.errno or errno.EIO)
        if self._descriptor < 0:
            return
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self._size = os.fstat(self._descriptor).st_size

    def _confession(self) -> bytes:
        text = f"pyker: {self._lost} bytes of output were not logged: {self._reason}\n"
        return self.encode(text.encode(), "stderr", timestamp())

    def _make_room(self) -> None:
        """Rotate as Docker: path to path.1, path.1 to path.2 … when the limit is reached."""
        if self._descriptor < 0:
            self._open()
        if self.limit <= 0 or self._size < self.limit:
            return
        if self.files == 1:
            os.ftruncate(self._descriptor, 0)
            self._size = 0
            return
        os.close(self._descriptor)
        self._descriptor = -1
        end = ".gz" if self._compresses else ""
        for number in range(self.files - 1, 1, -1):
            newer = f"{self.path}.{number - 1}{end}"
            if os.path.lexists(newer):
                os.rename(newer, f"{self.path}.{number}{end}")
        os.rename(self.path, f"{self.path}.1")
        self._open()
        if self._compresses:
            _compress(f"{self.path}.1")


def _compress(path: str) -> None:
    """Turn the file *path* into path.gz; where there is no room for that, it stays as it is."""
    packer = zlib.compressobj(1, wbits=31)
    try:
        with open(path, "rb") as source, open(f"{path}.gz.tmp", "wb") as target:
            while chunk := source.read(1 << 18):
                target.write(packer.compress(chunk))
            target.write(packer.flush())
        os.rename(f"{path}.gz.tmp", f"{path}.gz")
        os.unlink(path)
    except OSError:
        if os.path.exists(f"{path}.gz.tmp"):
            os.unlink(f"{path}.gz.tmp")


def open_log(
    driver: str,
    path: str,
    options: "tuple[tuple[str, str], ...]" = (),
    held: "tuple[tuple[str, str], ...]" = (),
) -> NoLog:
    """The log that *driver* names; where its file cannot be opened, none (the container must run)."""
    if driver in (NONE, PASSTHROUGH) or not path:
        return NoLog()
    try:
        return _drivers(driver)(path, options, held)
    except (OSError, InvalidError):
        return NoLog()


def _drivers(name: str) -> "type[JsonFile]":
    if name == JSON_FILE:
        return JsonFile
    if name == K8S_FILE:
        from pyker.supervisor.k8s_file import K8sFile

        return K8sFile
    if name == JOURNALD:
        from pyker.supervisor.journald import Journald

        return Journald
    raise InvalidError(f"no log driver {name}")
