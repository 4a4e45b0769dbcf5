"""Compressed streams: told apart by their first bytes, unpacked chunk by chunk, bounded.

isal inflates twice as fast as zlib; where it is not installed, zlib does the same work.
"""

import zlib

from pyker.base.errors import CorruptError, InvalidError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

PLAIN, GZIP, ZSTD = "", "gzip", "zstd"
_CHUNK = 1 << 20
_FOREIGN = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x04\x22\x4d\x18": "lz4", b"PK\x03\x04": "zip"}


def kind_of(start: bytes) -> str:
    """PLAIN, GZIP or ZSTD, by the first bytes of a stream; UnsupportedError for other known kinds."""
    if start.startswith(b"\x1f\x8b\x08"):
        return GZIP
    if start.startswith(b"\x28\xb5\x2f\xfd") or (start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50):
        return ZSTD
    for magic, name in _FOREIGN.items():
        if start.startswith(magic):
            raise UnsupportedError(
                f"{name} compression is not supported", hint="use gzip, zstd or no compression"
            )
    return PLAIN


def peek(chunks: "Iterable[bytes]") -> "tuple[bytes, Iterator[bytes]]":
    """At least the first 8 bytes of *chunks* (fewer when there are no more), and all of them again."""
    iterator = iter(chunks)
    start = b""
    for chunk in iterator:
        start += chunk
        if len(start) >= 8:
            break
    return start, _chain(start, iterator)


def _chain(start: bytes, rest: "Iterator[bytes]") -> "Iterator[bytes]":
    if start:
        yield start
    yield from rest


def unpacked(chunks: "Iterable[bytes]", kind: str) -> "Iterator[bytes]":
    """The content of the *kind* stream *chunks*, at most 1 MiB at a time; CorruptError for damage."""
    if kind == PLAIN:
        return iter(chunks)
    return _gunzip(chunks) if kind == GZIP else _unzstd(chunks)


def _inflater() -> "Callable[[], Any]":
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.decompressobj(31)
    return lambda: isal_zlib.decompressobj(31)


def _errors() -> "tuple[type[Exception], ...]":
    wrong: "list[type[Exception]]" = [zlib.error]
    try:
        from isal import isal_zlib
    except ImportError:
        return tuple(wrong)
    return (*wrong, isal_zlib.error)  # type: ignore[arg-type] # its stub names an instance


def _gunzip(chunks: "Iterable[bytes]") -> "Iterator[bytes]":
    """Every member of a gzip file, one after the other (RFC 1952, 2.2); zeros may follow the last."""
    start = _inflater()
    wrong = _errors()
    inflate = None
    for chunk in chunks:
        data = chunk
        while data:
            if inflate is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                inflate = start()
            try:
                output = inflate.decompress(data, _CHUNK)
            except wrong as error:
                raise CorruptError(f"invalid gzip data: {error}") from error
            if output:
                yield output
            if len(output) == _CHUNK and not inflate.unconsumed_tail:
                yield from _rest(inflate, wrong)
            data = inflate.unconsumed_tail
            if inflate.eof:
                data = inflate.unused_data
                inflate = None
    if inflate is not None:
        raise CorruptError("unexpected end of gzip data", hint="the file is cut short")


def _rest(inflate: "Any", wrong: "tuple[type[Exception], ...]") -> "Iterator[bytes]":
    """What an inflater still holds after its input is used up and its output was full."""
    output = b"\0"
    while output and not inflate.eof:
        try:
            output = inflate.decompress(b"", _CHUNK)
        except wrong as error:
            raise CorruptError(f"invalid gzip data: {error}") from error
        if output:
            yield output


def _unzstd(chunks: "Iterable[bytes]") -> "Iterator[bytes]":
    try:
        import zstandard
    except ImportError:
        raise UnsupportedError(
            "zstd compression needs the Python package zstandard", hint="pip install zstandard"
        ) from None
    source = _Pieces(chunks)
    # A window of 128 MiB is the most that decoders must take (RFC 8878, 3.1.1.1.2); it bounds memory.
    reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
        source,  # type: ignore[arg-type] # it asks for no more than read()
        read_size=_CHUNK,
        read_across_frames=True,
    )
    while True:
        try:
            output = reader.read(_CHUNK)
        except zstandard.ZstdError as error:
            raise CorruptError(f"invalid zstd data: {error}") from error
        if not output:
            return
        yield output


class _Pieces:
    """An iterable of chunks as an object with read()."""

    def __init__(self, chunks: "Iterable[bytes]") -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """The next bytes, at most *size*; empty at the end."""
        data = self._rest or next(self._chunks, b"")
        self._rest = data[size:]
        return data[:size]


class Bound:
    """How much a stream may unpack to: *floor* bytes, or *ratio* times what was read, if that is more."""

    def __init__(self, floor: int, ratio: int) -> None:
        if floor < 0 or ratio < 1:
            raise InvalidError("limits on unpacking must be positive")
        self.floor = floor
        self.ratio = ratio
        self.read = 0
        self.unpacked = 0

    def count(self, chunks: "Iterable[bytes]") -> "Iterator[bytes]":
        """*chunks*, their sizes added to what was read."""
        for chunk in chunks:
            self.read += len(chunk)
            yield chunk

    def hold(self, chunks: "Iterable[bytes]") -> "Iterator[bytes]":
        """*chunks*, until they are more than allowed: then CorruptError."""
        for chunk in chunks:
            self.unpacked += len(chunk)
            if self.floor and self.unpacked > max(self.floor, self.ratio * self.read):
                raise CorruptError(
                    f"layer unpacks to more than {self.floor} bytes and {self.ratio} times its size",
                    hint="if you trust it, set PYKER_LAYER_LIMIT to the bytes it may have (0: no limit)",
                )
            yield chunk


def _deflater() -> "Any":
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compressobj(1, wbits=31)
    return isal_zlib.compressobj(1, wbits=31)


def packed(chunks: "Iterable[bytes]") -> "Iterator[bytes]":
    """*chunks* as a gzip stream, fast rather than small; equal content gives equal bytes."""
    packer = _deflater()
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()
