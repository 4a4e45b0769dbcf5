"""JSON text, and documents that are whole or absent.

The C half of the standard `json` does the work; its Python half is not imported, because it
brings `re` and `enum` along (10 ms, more than the bare interpreter).
"""

import _json
import os

from pyker.base.errors import CorruptError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

MAX_BYTES = 64 << 20  # no document of ours comes near; a larger one is damage or malice


class _ScanOptions:
    """What `json.JSONDecoder` would hand to the C scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = None


def _refuse(value: object) -> "Any":
    raise TypeError(f"{type(value).__name__} is not JSON")


_BLANK = " \t\n\r"
_scan = _json.make_scanner(_ScanOptions)  # type: ignore[arg-type]
_quote = _json.encode_basestring_ascii
_encode = _json.make_encoder(None, _refuse, _quote, None, ": ", ", ", False, False, False)
_encode_sorted = _json.make_encoder(None, _refuse, _quote, None, ":", ",", True, False, False)


def loads(text: "str | bytes") -> "Any":
    """The value written in *text*; ValueError when it is not one JSON value."""
    if isinstance(text, bytes):
        text = text.decode()
    start = len(text) - len(text.lstrip(_BLANK))
    try:
        value, end = _scan(text, start)
    except (StopIteration, SystemError, ValueError):
        return _complain(text)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    if text[end:].strip(_BLANK):
        raise ValueError(f"more text after the JSON value at character {end}")
    return value


def _complain(text: str) -> "NoReturn":
    """Say where *text* stops being JSON; the C half alone cannot."""
    import json

    json.loads(text)
    raise ValueError("not JSON")


def dumps(value: object, *, canonical: bool = False) -> str:
    """*value* on one line; *canonical* sorts keys and drops blanks, so equal values are equal text."""
    encode = _encode_sorted if canonical else _encode
    return "".join(encode(value, 0))


def pretty(value: object, indent: str = "    ", margin: str = "\n") -> str:
    """*value* over many lines, as `inspect` prints it."""
    inner = margin + indent
    if isinstance(value, dict) and value:
        rows = (f"{_quote(str(key))}: {pretty(item, indent, inner)}" for key, item in value.items())
        return "{" + inner + ("," + inner).join(rows) + margin + "}"
    if isinstance(value, (list, tuple)) and value:
        return "[" + inner + ("," + inner).join(pretty(item, indent, inner) for item in value) + margin + "]"
    return dumps(value)


def read_bytes(path: str, limit: int = MAX_BYTES, *, directory: "int | None" = None) -> bytes:
    """All of a regular file up to *limit* bytes; OSError as open(2), CorruptError when larger."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=directory)
    try:
        size = os.fstat(descriptor).st_size
        if size > limit:
            raise CorruptError(f"{path}: {size} bytes are more than the {limit} allowed")
        data = os.read(descriptor, (size or limit) + 1)  # the kernel's own files say that they are empty
        while len(data) < size and (more := os.read(descriptor, limit)):
            data += more
        return data
    finally:
        os.close(descriptor)


def read(path: str) -> "Any":
    """The document at *path*; FileNotFoundError when absent, CorruptError when it is not JSON."""
    try:
        return loads(read_bytes(path))
    except ValueError as error:
        raise CorruptError(f"{path} is damaged: {error}") from error


def write(path: str, document: object, *, durable: bool = True) -> None:
    """Put *document* at *path*, whole or not at all.

    Written beside, (when *durable*) fsynced, renamed, and its directory fsynced: after a power cut
    the old or the new document is there. Raises OSError; the old document then still stands.
    """
    write_bytes(path, dumps(document).encode(), durable=durable)


def write_bytes(path: str, data: bytes, *, durable: bool = True, mode: int = 0o600) -> None:
    """As *write*, for bytes."""
    aside = f"{path}.{os.getpid()}.tmp"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        try:
            write_all(descriptor, data)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
    if durable:
        sync_directory(os.path.dirname(path))


def write_all(descriptor: int, data: "bytes | memoryview") -> None:
    """Write every byte of *data*, whatever write(2) takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(path: str) -> None:
    """Make the names in directory *path* survive a power cut."""
    descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
