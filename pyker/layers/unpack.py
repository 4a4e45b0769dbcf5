"""A layer from its bytes to a directory, in one pass.

A second thread reads, hashes and inflates (all of which let go of Python's lock) while this one makes
files, so that neither waits for the other.
"""

import hashlib
import os
import queue
import threading
import time

from pyker.base.compression import PLAIN, Bound, kind_of, peek, unpacked
from pyker.base.errors import InvalidError
from pyker.base.tarstream import Stream, TarReader
from pyker.base.value import Value
from pyker.layers.extract import Extractor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Protocol, Self

    class Sink(Protocol):
        """Where the bytes of the layer as transferred go."""

        def write(self, chunk: bytes) -> None:
            """Take the next bytes."""

        def digest(self) -> str:
            """The sha256 of all bytes so far, `sha256:<hex>`."""


# A layer may unpack to 1 GiB, or to 200 times its size as transferred where that is more: real layers
# shrink 2 to 20 times, gzip can shrink zeros 1030 times.
FLOOR = 1 << 30
RATIO = 200
_DEPTH = 8  # chunks of 1 MiB
_PATIENCE = 1.0  # seconds that a thread no longer wanted may take to end


class Unpacked(Value):
    """A layer made into a directory: its *diff_id*, bytes of files, directories only implied, compression."""

    diff_id: str
    size: int
    implied: "tuple[bytes, ...]"
    compression: str


def layer_bound() -> Bound:
    """The stated limit on what a layer may unpack to; PYKER_LAYER_LIMIT (bytes, 0 for none) sets it."""
    text = os.environ.get("PYKER_LAYER_LIMIT", "")
    if not text:
        return Bound(FLOOR, RATIO)
    if not text.isdigit():
        raise InvalidError(f"invalid PYKER_LAYER_LIMIT {text!r}", hint="a number of bytes; 0 is no limit")
    return Bound(int(text), 1)


def unpack(source: "Iterable[bytes]", sink: "Sink", root: int, *, lenient: bool = False) -> Unpacked:
    """Unpack the layer *source* (a tar stream: plain, gzip or zstd) into the open directory *root*.

    All bytes pass through *sink* first. Raises CorruptError for what is not an honest layer, or too big.
    """
    bound = layer_bound()
    start, chunks = peek(bound.count(_through(source, sink)))
    compression = kind_of(start)
    content: "Iterator[bytes]" = bound.hold(unpacked(chunks, compression))
    hashing = hashlib.sha256()
    if compression != PLAIN:
        content = _hashed(content, hashing.update)
    with ReadAhead(content) as ahead:
        stream = Stream(ahead)
        extracted = Extractor(root, lenient=lenient).run(TarReader(stream))
        stream.drain()
    diff_id = sink.digest() if compression == PLAIN else f"sha256:{hashing.hexdigest()}"
    return Unpacked(diff_id, extracted.size, extracted.implied, compression)


def _through(source: "Iterable[bytes]", sink: "Sink") -> "Iterator[bytes]":
    for chunk in source:
        sink.write(chunk)
        yield chunk


def _hashed(chunks: "Iterable[bytes]", update: "object") -> "Iterator[bytes]":
    for chunk in chunks:
        update(chunk)  # type: ignore[operator]
        yield chunk


class ReadAhead:
    """An iterable run in a thread of its own, a few chunks ahead of its reader; use it in a `with`."""

    def __init__(self, chunks: "Iterable[bytes]", depth: int = _DEPTH) -> None:
        self._chunks = chunks
        self._queue: "queue.Queue[bytes | BaseException | None]" = queue.Queue(depth)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Self":
        self._thread.start()
        return self

    def _run(self) -> None:
        end: "BaseException | None" = None
        chunks = iter(self._chunks)
        try:
            for chunk in chunks:
                self._queue.put(chunk)
                if self._stopped:
                    break
        except BaseException as error:  # noqa: BLE001 - handed to the reader, which raises it
            end = error
        if close := getattr(chunks, "close", None):
            close()  # a connection behind it, now, not when somebody collects garbage
        self._queue.put(end)

    def __iter__(self) -> "Iterator[bytes]":
        while isinstance(item := self._queue.get(), bytes):
            yield item
        self._queue.put(item)  # the end stays the end, however often it is asked for
        if item is not None:
            raise item

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        self._stopped = True
        deadline = time.monotonic() + _PATIENCE
        while self._thread.is_alive() and time.monotonic() < deadline:
            try:
                self._queue.get(timeout=0.01)
            except queue.Empty:
                continue
        # A thread that still waits, for a pipe that nobody writes to, finds its sink closed, or dies with us.
