"""One layer's tar entries made real in one directory, for overlayfs to stack.

What an entry names can only be inside the directory: every parent is opened by openat2(2) with
RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, the last name is made with O_EXCL or an *at call that follows
nothing, and a directory once made is never replaced, so an open parent cannot become another place.
An absolute name counts from the directory, as in Docker; ".." is refused.

The same path twice: the later entry wins, as in tar(1), unless one is a directory and the other is not.
Whiteouts (OCI image-spec layer.md, "Whiteouts") become what overlayfs.rst, "whiteouts and opaque
directories" describes: a character device 0:0, and the xattr overlay.opaque.
"""

import errno
import os
import stat

from pyker.base.errors import CorruptError, PykerError
from pyker.base.jsonfile import write_all
from pyker.base.tarheader import (
    CHARACTER,
    DEVICE,
    DIRECTORY,
    FIFO,
    HARD_LINK,
    MAX_COMPONENT,
    MAX_NAME,
    REGULAR,
    SYMLINK,
    Member,
)
from pyker.base.tarstream import TarReader
from pyker.base.value import Value
from pyker.kernel.paths import BENEATH, CLOEXEC_DIRECTORY, NO_SYMLINKS, NO_XDEV, openat2
from pyker.layers.attributes import Attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WHITEOUT = b".wh."
OPAQUE = b".wh..wh..opq"
_AUFS = (b".wh..wh.plnk", b".wh..wh.orph", b".wh..wh.aufs")  # aufs' own bookkeeping, no deletions
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_PARENTS = 64


class Extracted(Value):
    """What a layer came to: *size* bytes of files, and directories it needs but does not describe."""

    size: int
    implied: "tuple[bytes, ...]"


class Extractor:
    """Makes members inside the open, empty directory *root*; `finish` completes the directories.

    *lenient* is for a user's own namespace: owners that are not mapped, devices and xattrs that the kernel
    refuses there are left out. Raises CorruptError for entries that are no part of an honest layer.
    """

    def __init__(self, root: int, *, lenient: bool = False, most: int = 2_000_000) -> None:
        self._root = root
        self._most = most
        self._size = 0
        self._count = 0
        self._attributes = Attributes(lenient=lenient)
        self._lenient = lenient
        self._directories: "dict[bytes, Member | None]" = {b"": None}
        self._whiteouts: "set[bytes]" = set()
        self._opaque: "set[bytes]" = set()
        self._parents: "dict[bytes, int]" = {}
        self._makers: "dict[bytes, Callable[[Member, bytes, int, bytes], None]]" = {
            HARD_LINK: self._hard_link,
            SYMLINK: self._symlink,
            CHARACTER: self._device,
            DEVICE: self._device,
            FIFO: self._fifo,
        }

    def run(self, reader: TarReader) -> Extracted:
        """Make every member that *reader* gives, then complete the directories."""
        try:
            for member in reader:
                self._add(member, reader)
            return self._finish()
        finally:
            self._forget_parents()

    def _add(self, member: Member, reader: TarReader) -> None:
        path = inside(member.name)
        self._count += 1
        if self._count > self._most:
            raise CorruptError(f"layer has more than the {self._most} entries allowed")
        try:
            self._make(member, path, reader)
        except OSError as error:
            raise _explain(error, member.name) from error

    def _make(self, member: Member, path: bytes, reader: TarReader) -> None:
        directory, _, name = path.rpartition(b"/")
        if name.startswith(WHITEOUT):
            self._whiteout(directory, name)
        elif member.kind == DIRECTORY:
            self._directory(member, path)
        elif not name:
            raise CorruptError("layer replaces its own root directory")
        elif member.kind == REGULAR:
            self._file(member, path, name, reader)
        else:
            parent = self._parent(directory)
            self._makers[member.kind](member, path, parent, name)

    def _file(self, member: Member, path: bytes, name: bytes, reader: TarReader) -> None:
        parent = self._parent(path[: -len(name) - 1])
        try:
            descriptor = os.open(name, _CREATE, member.mode, dir_fd=parent)
        except FileExistsError:
            self._clear(path, parent, name)
            descriptor = os.open(name, _CREATE, member.mode, dir_fd=parent)
        try:
            if member.segments is None:
                for part in reader.data():
                    write_all(descriptor, part)
            else:
                _write_sparse(descriptor, member, reader)
            self._attributes.of_file(descriptor, member)
        finally:
            os.close(descriptor)
        self._size += member.size

    def _clear(self, path: bytes, parent: int, name: bytes) -> None:
        """Make room for an entry whose path an earlier one, or a whiteout, has taken."""
        if path in self._directories:
            raise CorruptError(f"layer has {_shown(path)} twice: as a directory and as something else")
        os.unlink(name, dir_fd=parent)
        self._whiteouts.discard(path)

    def _place(self, path: bytes, parent: int, name: bytes, make: "Callable[[], None]") -> None:
        try:
            make()
        except FileExistsError:
            self._clear(path, parent, name)
            make()

    def _symlink(self, member: Member, path: bytes, parent: int, name: bytes) -> None:
        if not member.link or len(member.link) > MAX_NAME:
            raise CorruptError(f"symbolic link {_shown(path)} has no target, or too long a one")
        self._place(path, parent, name, lambda: os.symlink(member.link, name, dir_fd=parent))
        self._attributes.of_name(parent, name, member)

    def _hard_link(self, member: Member, path: bytes, parent: int, name: bytes) -> None:
        target = inside(member.link)
        if target == path:
            return
        directory, _, source = target.rpartition(b"/")
        if source.startswith(WHITEOUT) or target in self._whiteouts or target in self._directories:
            raise CorruptError(f"hard link {_shown(path)} leads to {_shown(target)}, which is not a file")
        here = os.dup(parent)  # opening the other parent may close this one
        try:
            there = self._parent(directory)
            self._place(
                path,
                here,
                name,
                lambda: os.link(source, name, src_dir_fd=there, dst_dir_fd=here, follow_symlinks=False),
            )
        finally:
            os.close(here)

    def _device(self, member: Member, path: bytes, parent: int, name: bytes) -> None:
        if self._lenient:
            return
        kind = stat.S_IFCHR if member.kind == CHARACTER else stat.S_IFBLK
        number = os.makedev(member.major, member.minor)
        self._place(path, parent, name, lambda: os.mknod(name, kind | member.mode, number, dir_fd=parent))
        self._attributes.of_name(parent, name, member)

    def _fifo(self, member: Member, path: bytes, parent: int, name: bytes) -> None:
        self._place(path, parent, name, lambda: os.mkfifo(name, member.mode, dir_fd=parent))
        self._attributes.of_name(parent, name, member)

    def _directory(self, member: Member, path: bytes) -> None:
        if path not in self._directories:
            directory, _, name = path.rpartition(b"/")
            self._make_directory(self._parent(directory), path, name)
        self._directories[path] = member

    def _make_directory(self, parent: int, path: bytes, name: bytes) -> None:
        try:
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:
            if path not in self._whiteouts:
                raise CorruptError(
                    f"layer has {_shown(path)} twice: as a directory and as something else"
                ) from None
            self._clear(path, parent, name)
            os.mkdir(name, 0o700, dir_fd=parent)
            self._opaque.add(path)  # the whiteout hid what is below; the new directory must go on doing so
        self._directories[path] = None

    def _whiteout(self, directory: bytes, name: bytes) -> None:
        if name in _AUFS:
            return
        parent = self._parent(directory)
        if name == OPAQUE:
            self._opaque.add(directory)
            return
        hidden = name[len(WHITEOUT) :]
        if hidden in (b"", b".", b"..") or hidden.startswith(WHITEOUT):
            raise CorruptError(f"layer has a whiteout of no name: {_shown(name)}")
        path = directory + b"/" + hidden if directory else hidden
        if path in self._directories:
            self._opaque.add(path)
            return
        try:
            os.mknod(hidden, stat.S_IFCHR, 0, dir_fd=parent)
        except FileExistsError:
            return  # this layer's own entry: a whiteout hides only what lower layers have
        self._whiteouts.add(path)

    def _parent(self, path: bytes) -> int:
        """The open directory *path*, made when no entry described it yet."""
        descriptor = self._parents.get(path)
        if descriptor is not None:
            return descriptor
        if path not in self._directories:
            above, _, name = path.rpartition(b"/")
            if name.startswith(WHITEOUT):
                raise CorruptError(f"layer has an entry below the whiteout {_shown(path)}")
            self._make_directory(self._parent(above), path, name)
        if len(self._parents) >= _OPEN_PARENTS:
            self._forget_parents()
        descriptor = self._parents[path] = self._open(path)
        return descriptor

    def _open(self, path: bytes) -> int:
        return openat2(self._root, path or b".", CLOEXEC_DIRECTORY, BENEATH | NO_SYMLINKS | NO_XDEV)

    def _forget_parents(self) -> None:
        for descriptor in self._parents.values():
            os.close(descriptor)
        self._parents.clear()

    def _finish(self) -> Extracted:
        """Give directories their owner, mode, xattrs and times: last, as filling them changes all that."""
        for path, member in reversed(self._directories.items()):
            descriptor = self._open(path)
            try:
                self._attributes.of_directory(descriptor, member, opaque=path in self._opaque)
            except OSError as error:
                raise _explain(error, path) from error
            finally:
                os.close(descriptor)
        implied = tuple(path for path, member in self._directories.items() if member is None)
        return Extracted(self._size, implied)


def inside(name: bytes) -> bytes:
    """*name* of an archive as a path below a root: `./a//b/` is `a/b`; CorruptError when that cannot be."""
    path = name[2:] if name[:2] == b"./" else name
    if b"//" in path or b"/." in path or path[:1] in (b".", b"/") or path[-1:] == b"/":
        parts = [part for part in path.split(b"/") if part not in (b"", b".")]
        if b".." in parts:
            raise CorruptError(f"archive entry {_shown(name)} leads out of its root")
        path = b"/".join(parts)
    if not name or len(path) >= MAX_NAME or b"\0" in path:
        raise CorruptError(f"archive entry {_shown(name)} has an invalid name")
    if len(path) > MAX_COMPONENT and max(map(len, path.split(b"/"))) > MAX_COMPONENT:
        raise CorruptError(f"archive entry {_shown(name)} has a name longer than {MAX_COMPONENT} bytes")
    return path


def _write_sparse(descriptor: int, member: Member, reader: TarReader) -> None:
    """Write each segment where it belongs; what lies between stays a hole."""
    os.ftruncate(descriptor, member.size)
    segments = iter(member.segments or ())
    offset = left = 0
    for part in reader.data():
        at = 0
        while at < len(part):
            while not left:
                offset, left = next(segments)
            piece = part[at : at + left]
            os.lseek(descriptor, offset, os.SEEK_SET)
            write_all(descriptor, piece)
            at += len(piece)
            offset += len(piece)
            left -= len(piece)


def _shown(path: bytes) -> str:
    return repr(os.fsdecode(path[:200]))


_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


def _explain(error: OSError, name: bytes) -> PykerError:
    """The user's word for a failure of the kernel: the machine's fault, or the layer's."""
    text = f"cannot unpack {_shown(name)}: {os.strerror(error.errno or 0)}"
    return PykerError(text) if error.errno in _ROOM else CorruptError(text)
