"""OCI content by digest: `blobs/sha256/<hex>` holds just the bytes whose sha256 is its name."""

import os
import time

from pyker.base import jsonfile
from pyker.base.errors import CorruptError
from pyker.base.home import Home
from pyker.base.ids import is_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from pyker.kernel.staging import Staging

MAX_DOCUMENT = 4 << 20  # manifests and configs: what registries and Docker allow


_PAUSE = 0.0003  # seconds between two looks at a growing file


def path_of(home: Home, digest: str) -> str:
    """Where blob *digest* is, or would be."""
    return home.below("blobs", "sha256", digest[7:])


def digest_of(data: bytes) -> str:
    """The digest of *data*, `sha256:<64 hex>`."""
    from _sha256 import sha256  # type: ignore[import-not-found] # hashlib costs 2 ms

    return f"sha256:{sha256(data).hexdigest()}"


def read_document(home: Home, digest: str) -> "Any":
    """The JSON document whose blob is *digest*; CorruptError when it is not here."""
    try:
        return jsonfile.read(path_of(home, digest))
    except FileNotFoundError:
        raise CorruptError(
            f"blob {digest} is missing from the store", hint="load or pull the image again"
        ) from None


def put(home: Home, data: bytes, digest: str = "") -> str:
    """Store *data* and give its digest; CorruptError when that is not the expected *digest*."""
    found = digest_of(data)
    if digest and found != digest:
        raise CorruptError(f"digest mismatch: expected {digest}, got {found}")
    path = path_of(home, found)
    if not os.path.exists(path):
        prepare(home)
        jsonfile.write_bytes(path, data)
    return found


def prepare(home: Home) -> None:
    """Make the store's directories."""
    os.makedirs(home.below("blobs", "sha256"), 0o700, exist_ok=True)


class BlobWriter:
    """A blob on its way into the store: written in *staging*, hashed as it passes, renamed when complete."""

    def __init__(self, staging: "Staging", name: str = "blob") -> None:
        import hashlib

        self.path = staging.below(name)
        self.size = 0
        self._hash = hashlib.sha256()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self.path, flags, 0o600)

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        jsonfile.write_all(self._descriptor, chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def digest(self) -> str:
        """The digest of all bytes so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def check(self, digest: str, size: int = -1) -> None:
        """CorruptError unless the bytes are those of *digest*, and *size* of them when that was said."""
        if self.digest() != digest:
            raise CorruptError(
                f"digest mismatch: expected {digest}, got {self.digest()}", hint="the source is damaged"
            )
        if size >= 0 and size != self.size:
            raise CorruptError(f"size mismatch: {digest} has {self.size} bytes, expected {size}")

    def store(self, home: Home) -> str:
        """Put the finished blob, synced by the caller, into the store and give its digest."""
        prepare(home)
        os.rename(self.path, path_of(home, self.digest()))
        jsonfile.sync_directory(home.below("blobs", "sha256"))
        return self.digest()

    def close(self) -> None:
        """Write no more; a later *write* fails."""
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)


class SpooledBlob(BlobWriter):
    """A blob that a thread writes straight into its file, which the kernel can do; hashed as it is read back.

    *pack* writes it all to the descriptor it is given.
    """

    def __init__(self, staging: "Staging", pack: "Callable[[int], None]") -> None:
        super().__init__(staging)
        self._pack = pack
        self._failure: "BaseException | None" = None
        self._thread: "threading.Thread | None" = None

    def write(self, chunk: bytes) -> None:
        """Take the next bytes, which are in the file."""
        self._hash.update(chunk)
        self.size += len(chunk)

    def chunks(self) -> "Iterator[bytes]":
        """What the thread writes, as it does, at most 1 MiB at a time; raises what *pack* raised."""
        from threading import Thread

        self._thread = Thread(target=self._run)
        self._thread.start()
        yield from self._grown(self._thread.is_alive)
        if self._failure:
            raise self._failure

    def close(self) -> None:
        """Write no more, once *pack* has ended: it has the number of our descriptor, not the file itself."""
        if self._thread:
            self._thread.join()
        super().close()

    def _run(self) -> None:
        try:
            self._pack(self._descriptor)
        except BaseException as error:  # noqa: BLE001 - raised by who reads
            self._failure = error

    def _grown(self, goes_on: "Callable[[], bool]") -> "Iterator[bytes]":
        offset, growing = 0, True
        while growing:
            growing = goes_on()  # asked before the last look, so that nothing is missed
            while chunk := os.pread(self._descriptor, 1 << 20, offset):
                offset += len(chunk)
                yield chunk
            time.sleep(_PAUSE if growing else 0)


def remove_others(home: Home, keep: "Collection[str]") -> "list[str]":
    """Remove every blob whose digest is not in *keep*; gives the digests removed."""
    directory = home.below("blobs", "sha256")
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    gone = [f"sha256:{name}" for name in names if f"sha256:{name}" not in keep]
    for digest in gone:
        if is_hex(digest[7:]) or digest.endswith(".tmp"):
            os.unlink(path_of(home, digest))
    return gone
