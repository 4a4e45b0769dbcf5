"""Where a layout goes: a tar stream or a directory, its blobs copied inside the kernel where it can."""

import errno
import os
from tarfile import GNU_FORMAT, TarInfo

from pyker.base.errors import CorruptError
from pyker.base.jsonfile import write_all
from pyker.base.tarheader import BLOCK

CHUNK = 1 << 20


class TarSink:
    """A tar archive on the open *descriptor*; equal images give equal bytes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def document(self, name: str, data: bytes) -> None:
        """A small member."""
        self._header(name, len(data))
        write_all(self._descriptor, data)
        self._pad(len(data))

    def blob(self, name: str, path: str) -> None:
        """A member that is the file at *path*."""
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._header(name, size)
            copy_all(file.fileno(), self._descriptor, size)
            self._pad(size)

    def _header(self, name: str, size: int) -> None:
        info = TarInfo(name)
        info.size, info.mode = size, 0o644
        write_all(self._descriptor, info.tobuf(GNU_FORMAT))

    def _pad(self, size: int) -> None:
        write_all(self._descriptor, bytes(-size % BLOCK))

    def close(self) -> None:
        """Write the two empty blocks that end an archive."""
        write_all(self._descriptor, bytes(2 * BLOCK))


class DirectorySink:
    """The same in the directory *path*."""

    def __init__(self, path: str) -> None:
        self._path = path

    def document(self, name: str, data: bytes) -> None:
        """A file with *data*."""
        with open(self._place(name), "xb") as file:
            file.write(data)

    def blob(self, name: str, path: str) -> None:
        """A copy of the file at *path*."""
        with open(path, "rb") as source, open(self._place(name), "xb") as target:
            copy_all(source.fileno(), target.fileno(), os.fstat(source.fileno()).st_size)

    def _place(self, name: str) -> str:
        place = os.path.join(self._path, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place


def copy_all(source: int, target: int, size: int) -> None:
    """Copy *size* bytes, inside the kernel where it can; CorruptError when there are fewer."""
    while size > 0:
        copied = _copy_some(source, target, min(size, CHUNK))
        if not copied:
            raise CorruptError("a blob in the store is shorter than it was")
        size -= copied


def _copy_some(source: int, target: int, size: int) -> int:
    try:
        return os.sendfile(target, source, None, size)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file opened for appending, or a file system without it
            raise
    chunk = os.read(source, size)
    write_all(target, chunk)
    return len(chunk)


Sink = TarSink | DirectorySink
