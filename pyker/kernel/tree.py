"""Removing directory trees that may hold anything, without ever leaving them.

Containers and images decide what is inside: links, odd modes, deep nests and, after a fault, a
mount. Every step is relative to an open directory, links are never followed, and openat2's NO_XDEV
stops at every mount point, a bind mount of the same file system included. Several commands may remove
one tree at once: what another was faster with is gone, as asked.
"""

import errno
import os

from pyker.kernel.paths import CLOEXEC_DIRECTORY, NO_SYMLINKS, NO_XDEV, O_PATH, fd_path, openat2

MAX_OPEN = 64  # levels held open at once; a deeper directory is moved up first


class ForeignMountError(OSError):
    """Something is mounted inside the tree: it and what holds it were left standing."""


def remove_tree(path: str) -> None:
    """Delete *path* and all below it; absent is fine.

    Raises ForeignMountError when a mount point is found inside (its content stays), OSError otherwise.
    """
    try:
        parent = os.open(os.path.dirname(path) or ".", CLOEXEC_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        remove_entry(parent, os.path.basename(path))
    finally:
        os.close(parent)


def remove_entry(parent: int, name: str) -> None:
    """Delete entry *name* of the open directory *parent*, and all below it; absent is fine."""
    if _unlink(parent, name):
        return
    levels = [(parent, [name])]
    try:
        while levels[-1][1]:
            _advance(levels)
            while len(levels) > 1 and not levels[-1][1]:
                os.close(levels.pop()[0])
                _rmdir(levels[-1][0], levels[-1][1].pop())
    finally:
        for directory, _ in levels[1:]:
            os.close(directory)


def _advance(levels: "list[tuple[int, list[str]]]") -> None:
    """Take one step: unlink the last entry, or go down into it."""
    directory, entries = levels[-1]
    try:
        if _unlink(directory, entries[-1]):
            entries.pop()
        elif len(levels) <= MAX_OPEN:
            below = _open(directory, entries[-1])
            levels.append((below, _list(below)))
        else:
            moved = _move_up(directory, entries[-1], levels[1][0])
            entries.pop()
            levels[1][1].insert(0, moved)
    except FileNotFoundError:
        entries.pop()


def _move_up(directory: int, name: str, above: int) -> str:
    inode = os.lstat(name, dir_fd=directory).st_ino  # a name nothing else there has
    moved = f".pyker-deep-{inode}"
    os.rename(name, moved, src_dir_fd=directory, dst_dir_fd=above)
    return moved


def _list(directory: int) -> "list[str]":
    try:
        return os.listdir(directory)
    except FileNotFoundError:  # removed while it was opened
        return []


def _open(parent: int, name: str) -> int:
    try:
        directory = openat2(parent, name, CLOEXEC_DIRECTORY, NO_XDEV | NO_SYMLINKS)
    except PermissionError:
        _open_up(parent, name)
        directory = openat2(parent, name, CLOEXEC_DIRECTORY, NO_XDEV | NO_SYMLINKS)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise ForeignMountError(errno.EBUSY, "something is mounted here", name) from error
        raise
    if os.fstat(directory).st_mode & 0o700 != 0o700:
        os.fchmod(directory, 0o700)
    return directory


def _open_up(parent: int, name: str) -> None:
    """Give the directory *name* mode 700, by descriptor: by name it could be led to another file."""
    held = os.open(name, O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        os.chmod(fd_path(held), 0o700)
    finally:
        os.close(held)


def _rmdir(directory: int, name: str) -> None:
    try:
        os.rmdir(name, dir_fd=directory)
    except FileNotFoundError:
        return


def _unlink(directory: int, name: str) -> bool:
    """unlink(2); already gone is success, a mounted file is a ForeignMountError. False for a directory."""
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return True
    except IsADirectoryError:
        return False
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise ForeignMountError(errno.EBUSY, "something is mounted here", name) from error
        raise
    return True
