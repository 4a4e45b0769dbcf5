"""A directory tree as a tar stream: the same files give the same bytes.

The tree may be a running container's, and hostile: it is walked by descriptors, links are never followed,
what vanishes meanwhile is left out, and a file that shrinks while it is read is filled up with zeros, so
that the stream stays an archive. In each directory other files come before the directories, both sorted.
"""

import errno
import os
import stat
from operator import attrgetter

from pyker.base.tarheader import (
    BLOCK,
    CHARACTER,
    DEVICE,
    DIRECTORY,
    FIFO,
    HARD_LINK,
    REGULAR,
    SYMLINK,
    Member,
)
from pyker.base.tarwriter import END, header, padding
from pyker.kernel.filedata import send
from pyker.kernel.paths import CLOEXEC_DIRECTORY, open_below
from pyker.layers.attributes import wanted
from pyker.layers.diff import DELETED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyker.layers.diff import Change

_NAME = attrgetter("name")
_HELD = 1 << 18  # bytes gathered before they are written
_WHOLE = 1 << 16  # files up to this size are read at once
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: SYMLINK,
    stat.S_IFCHR: CHARACTER,
    stat.S_IFBLK: DEVICE,
    stat.S_IFIFO: FIFO,
}
# It was removed or replaced while we looked: then it is not there, as if asked a moment later.
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)


class Packer:
    """Writes members to the open *descriptor* by *put*, which writes all it is given; `finish` ends it.

    Directories on a device in *closed* are packed empty: the kernel's own file systems are nobody's files.
    *owner* says who the owner of a file, uid and gid, is to be in the archive.
    """

    def __init__(
        self,
        descriptor: int,
        put: "Callable[[int, bytes], object]",
        closed: "frozenset[int]" = frozenset(),
        owner: "Callable[[int, int], tuple[int, int]] | None" = None,
    ) -> None:
        self.size = 0
        self._owner = owner
        self._descriptor = descriptor
        self._put = put
        self._closed = closed
        self._held = bytearray()
        self._links: "dict[tuple[int, int], bytes]" = {}

    def tree(self, root: int, name: str, *, with_root: bool = True) -> None:
        """Pack open directory *root* and all below it as *name*, "" for names without a parent."""
        pending = ["."]
        while pending:
            path = pending.pop()
            try:
                directory = open_below(root, path)
            except OSError as error:
                if path == "." or error.errno not in GONE:
                    raise
                continue
            try:
                shown = os.path.join(name, path[2:]) if path != "." else name
                if path != "." or with_root:
                    self._directory(directory, shown)
                below = self._entries(directory, shown)
            finally:
                os.close(directory)
            pending += [f"{path}/{entry}" for entry in reversed(below)]

    def changes(self, upper: int, changes: "Iterable[Change]") -> None:
        """Pack, as a layer, what *changes* say of the open writable directory *upper*: whiteouts as well.

        See "Representing Changes" in OCI image-spec layer.md.
        """
        for change in changes:
            parent, _, name = change.path.rpartition("/")
            if change.kind == DELETED:
                self._whiteout(f"{parent}/.wh.{name}"[1:])
                continue
            try:
                directory = open_below(upper, f".{parent}")
            except OSError as error:
                if error.errno not in GONE:
                    raise
                continue
            try:
                self._changed(directory, name, change.path[1:])
            finally:
                os.close(directory)

    def _changed(self, directory: int, name: str, shown: str) -> None:
        try:
            below = os.open(name, CLOEXEC_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
        except OSError as error:
            if error.errno in GONE:  # no directory: ENOTDIR, or ELOOP for a link
                self._entry_or_gone(directory, name, shown)
                return
            raise
        try:
            self._directory(below, shown)
        finally:
            os.close(below)

    def _whiteout(self, shown: str) -> None:
        member = Member()
        member.name = os.fsencode(shown)
        self._write(header(member))

    def _directory(self, directory: int, shown: str) -> None:
        member = self._member(os.fstat(directory), DIRECTORY, os.fsencode(shown))
        _read_xattrs(directory, member)
        self._write(header(member))

    def _entries(self, directory: int, shown: str) -> "list[str]":
        """Pack what is no directory in *directory*; the names of the directories."""
        if os.fstat(directory).st_dev in self._closed:
            return []
        below = []
        with os.scandir(directory) as found:
            entries = sorted(found, key=_NAME)
        lead = f"{shown}/" if shown else ""
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.name)
                continue
            regular = entry.is_file(follow_symlinks=False)
            self._entry_or_gone(directory, entry.name, lead + entry.name, regular=regular)
        return below

    def _entry_or_gone(self, directory: int, name: str, shown: str, *, regular: bool = False) -> None:
        try:
            if regular:
                self._open_and_pack(directory, name, shown)
            else:
                self.entry(directory, name, shown)
        except OSError as error:
            if error.errno not in GONE:
                raise

    def entry(self, directory: int, name: str, shown: str) -> None:
        """Pack *name* in open *directory*, no directory itself, as *shown*; OSError when it is gone."""
        status = os.lstat(name, dir_fd=directory)
        if stat.S_ISREG(status.st_mode):
            self._open_and_pack(directory, name, shown)
            return
        is_link = stat.S_ISLNK(status.st_mode)
        self._special(status, os.readlink(name, dir_fd=directory) if is_link else "", shown)

    def opened(self, descriptor: int, shown: str) -> None:
        """Pack what is open as *descriptor* (O_PATH), neither a directory nor a regular file, as *shown*."""
        status = os.fstat(descriptor)
        is_link = stat.S_ISLNK(status.st_mode)
        self._special(status, os.readlink("", dir_fd=descriptor) if is_link else "", shown)

    def _special(self, status: os.stat_result, link: str, shown: str) -> None:
        """A link, a device or a FIFO; sockets mean nothing elsewhere."""
        if kind := _KINDS.get(stat.S_IFMT(status.st_mode)):
            member = self._member(status, kind, os.fsencode(shown))
            member.link = os.fsencode(link)
            if kind in (CHARACTER, DEVICE):
                member.major, member.minor = os.major(status.st_rdev), os.minor(status.st_rdev)
            self._write(header(member))

    def _open_and_pack(self, directory: int, name: str, shown: str) -> None:
        file = os.open(name, _READ, dir_fd=directory)
        try:
            self.file(file, shown)
        finally:
            os.close(file)

    def file(self, file: int, shown: str) -> None:
        """Pack the open regular *file* as *shown*; a file packed before under another name becomes a link."""
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            return  # another thing has taken the name meanwhile
        member = self._member(status, REGULAR, os.fsencode(shown))
        if status.st_nlink > 1:
            first = self._links.setdefault((status.st_dev, status.st_ino), member.name)
            if first != member.name:
                member.kind, member.link = HARD_LINK, first
                self._write(header(member))
                return
        _read_xattrs(file, member)
        member.size = member.stored = status.st_size
        if status.st_size > _WHOLE:
            self._write(header(member))
            self._data(file, status.st_size)
        else:
            data = os.read(file, status.st_size) if status.st_size else b""
            self._write(header(member) + data.ljust(-(-status.st_size // BLOCK) * BLOCK, b"\0"))

    def _data(self, file: int, size: int) -> None:
        self._flush()
        left = size - send(file, self._descriptor, size)
        self.size += size - left
        while left:
            part = min(left, _HELD)
            self._write(bytes(part))
            left -= part
        self._write(padding(size))

    def _member(self, status: os.stat_result, kind: bytes, name: bytes) -> Member:
        member = Member()
        member.name = name
        member.kind = kind
        member.mode = stat.S_IMODE(status.st_mode)
        member.uid, member.gid = status.st_uid, status.st_gid
        if self._owner:
            member.uid, member.gid = self._owner(member.uid, member.gid)
        member.mtime = status.st_mtime_ns
        return member

    def _write(self, data: bytes) -> None:
        self.size += len(data)
        self._held += data
        if len(self._held) >= _HELD:
            self._flush()

    def _flush(self) -> None:
        self._put(self._descriptor, bytes(self._held))
        self._held.clear()

    def finish(self) -> None:
        """End the archive."""
        self._write(END)
        self._flush()


def _read_xattrs(descriptor: int, member: Member) -> None:
    """The xattrs that a layer may carry, as far as this file system has any."""
    try:
        names = os.listxattr(descriptor)
    except OSError:
        return
    for name in names:
        key = os.fsencode(name)
        if not wanted(key) or key.startswith((b"system.", b"trusted.")):
            continue
        try:
            member.xattrs[key] = os.getxattr(descriptor, name)
        except OSError:  # removed meanwhile, or not this user's to read
            continue
