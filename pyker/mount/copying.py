"""Copying trees that others filled: by descriptor, links as links, never into another mount.

Owners, modes, times, xattrs, holes and hard links are kept; data is shared with the source where the file
system can (FICLONE, see ioctl_ficlone(2)).
"""

import errno
import fcntl
import os
import stat

from pyker.kernel.paths import (
    BENEATH,
    CLOEXEC_DIRECTORY,
    NO_MAGICLINKS,
    NO_SYMLINKS,
    NO_XDEV,
    openat2,
)
from pyker.kernel.tree import remove_entry

_INSIDE = BENEATH | NO_SYMLINKS | NO_MAGICLINKS
_FICLONE = 0x40049409
_CHUNK = 1 << 26
_UNSHARED = (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ETXTBSY)
_REFUSED = (errno.EPERM, errno.EOPNOTSUPP, errno.EACCES, errno.EINVAL)
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Owner = Callable[[int, int], tuple[int, int]]


def _same(uid: int, gid: int) -> "tuple[int, int]":
    return uid, gid


def copy_content(
    source: int, target: int, *, merge: bool = False, owner: "Owner" = _same, opaque: bool = False
) -> None:
    """Copy open directory *source*, all below it and its metadata, into open directory *target*.

    With *merge*, *source* is a layer put over what *target* holds: names replace names, whiteouts delete
    them (overlayfs.rst); with *opaque* it stays a layer. *owner* says whose the copies are. Raises OSError;
    what was copied stays.
    """
    _Copy(source, target, merge=merge, owner=owner, left_out=() if opaque else _OPAQUE).run()


class _Copy:
    def __init__(
        self, source: int, target: int, *, merge: bool, owner: "Owner", left_out: "tuple[str, ...]"
    ) -> None:
        self.source = source
        self.target = target
        self.merge = merge
        self.owner = owner
        self.left_out = left_out
        self.links: dict[tuple[int, int], str] = {}

    def run(self) -> None:
        """Directories from the top down; their metadata from the bottom up, when they are complete."""
        todo, done = ["."], []
        while todo:
            path = todo.pop()
            done.append(path)
            todo += self._directory(path)
        for path in reversed(done):
            with _Pair(self, path) as (above, below):
                copy_metadata(above, below, self.owner, self.left_out)

    def _directory(self, path: str) -> "list[str]":
        """Copy the entries of *path*; the directories among them, still to be copied."""
        with _Pair(self, path) as (above, below):
            if self.merge and _is_opaque(above):
                for name in os.listdir(below):
                    remove_entry(below, name)
            return [f"{path}/{name}" for name in os.listdir(above) if self._entry(above, below, path, name)]

    def _entry(self, above: int, below: int, path: str, name: str) -> bool:
        """Copy one entry; True for a directory, which was only made."""
        status = os.lstat(name, dir_fd=above)
        directory = stat.S_ISDIR(status.st_mode)
        if self.merge and not (directory and _is_directory(below, name)):
            remove_entry(below, name)
        if directory:
            _make_directory(below, name)
        elif not (self.merge and _is_whiteout(status)) and not self._link(status, below, path, name):
            copy_entry(above, below, name, status, self.owner)
        return directory

    def _link(self, status: os.stat_result, below: int, path: str, name: str) -> bool:
        """Link *name* to the copy of the same file made before; False when it is the first of its names."""
        if status.st_nlink < 2:
            return False
        first = self.links.setdefault((status.st_dev, status.st_ino), f"{path}/{name}")
        if first == f"{path}/{name}":
            return False
        os.link(first, name, src_dir_fd=self.target, dst_dir_fd=below, follow_symlinks=False)
        return True


class _Pair:
    """One directory of both trees, open."""

    def __init__(self, copy: _Copy, path: str) -> None:
        self._above = openat2(copy.source, path, CLOEXEC_DIRECTORY, _INSIDE | NO_XDEV)
        self._below = openat2(copy.target, path, CLOEXEC_DIRECTORY, _INSIDE)

    def __enter__(self) -> "tuple[int, int]":
        return self._above, self._below

    def __exit__(self, *_: object) -> None:
        os.close(self._above)
        os.close(self._below)


def copy_entry(above: int, below: int, name: str, status: os.stat_result, owner: "Owner" = _same) -> None:
    """Copy what is no directory from *above* to *name* in *below*; sockets mean nothing elsewhere."""
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFREG:
        _copy_file(above, below, name, owner)
    elif kind == stat.S_IFLNK:
        os.symlink(os.readlink(name, dir_fd=above), name, dir_fd=below)
        _keep_owner(below, name, status, owner)
    elif kind != stat.S_IFSOCK:
        try:
            os.mknod(name, status.st_mode, status.st_rdev, dir_fd=below)
        except PermissionError:  # users may not make device nodes
            return
        _keep_owner(below, name, status, owner)
        os.chmod(name, stat.S_IMODE(status.st_mode), dir_fd=below)


def _keep_owner(below: int, name: str, status: os.stat_result, owner: "Owner") -> None:
    _chown(name, *owner(status.st_uid, status.st_gid), dir_fd=below)
    os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=below, follow_symlinks=False)


def _chown(name: str, uid: int, gid: int, dir_fd: int) -> None:
    try:
        os.chown(name, uid, gid, dir_fd=dir_fd, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise


def _copy_file(above: int, below: int, name: str, owner: "Owner") -> None:
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        target = os.open(name, flags, 0o600, dir_fd=below)
        try:
            if not _share_data(source, target):
                _copy_data(source, target, os.fstat(source).st_size)
            copy_metadata(source, target, owner)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _share_data(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _UNSHARED:
            return False
        raise
    return True


def _copy_data(source: int, target: int, size: int) -> None:
    """Copy what is data and leave holes holes. See SEEK_DATA in lseek(2)."""
    os.ftruncate(target, size)
    offset = 0
    while offset < size:
        try:
            offset = os.lseek(source, offset, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(source, offset, os.SEEK_HOLE)
        os.lseek(source, offset, os.SEEK_SET)
        os.lseek(target, offset, os.SEEK_SET)
        while offset < end and (sent := os.sendfile(target, source, None, min(end - offset, _CHUNK))):
            offset += sent
        if offset < end:
            return


def copy_metadata(
    source: int, target: int, owner: "Owner" = _same, left_out: "tuple[str, ...]" = _OPAQUE
) -> None:
    """Give open *target* the *owner*, mode, xattrs and times of open *source*, as far as this user may."""
    status = os.fstat(source)
    try:
        os.fchown(target, *owner(status.st_uid, status.st_gid))
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
    os.fchmod(target, stat.S_IMODE(status.st_mode))  # after chown(2), which clears setuid bits
    _copy_xattrs(source, target, left_out)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_xattrs(source: int, target: int, left_out: "tuple[str, ...]") -> None:
    try:
        names = os.listxattr(source)
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            return
        raise
    for name in names:
        if name in left_out:
            continue
        try:
            os.setxattr(target, name, os.getxattr(source, name))
        except OSError as error:
            if error.errno not in (*_REFUSED, errno.ENODATA):
                raise


def _make_directory(below: int, name: str) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=below)
    except FileExistsError:
        return


def _is_directory(parent: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode)
    except FileNotFoundError:
        return False


def _is_whiteout(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _is_opaque(directory: int) -> bool:
    return any(_xattr(directory, name) == b"y" for name in _OPAQUE)


def _xattr(descriptor: int, name: str) -> bytes:
    try:
        return os.getxattr(descriptor, name)
    except OSError:  # absent, unknown here, or not this user's to read: not opaque
        return b""
