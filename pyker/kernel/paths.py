"""Paths that cannot leave a root: openat2(2) and what is built on it."""

import _struct
import errno
import os
import stat

from pyker.kernel.libc import fs_text, syscall

# linux/openat2.h
NO_XDEV = 0x01
NO_MAGICLINKS = 0x02
NO_SYMLINKS = 0x04
BENEATH = 0x08
IN_ROOT = 0x10

_TRIES = 1000  # a container that renames without end, or leases its files, does not hold us up
_PIECE = 1000  # characters of a path looked up at once: PATH_MAX is 4096 bytes
O_PATH = 0o10000000
CLOEXEC_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def openat2(directory: int, path: "str | bytes", flags: int, resolve: int, mode: int = 0) -> int:
    """Open *path* below the open *directory* by the *resolve* rules. See openat2(2)."""
    how = _struct.pack("=QQQ", flags | os.O_CLOEXEC, mode, resolve)
    for _ in range(_TRIES):
        try:
            return syscall("openat2", directory, fs_text(path), how, len(how), about=os.fsdecode(path))
        except BlockingIOError:  # EAGAIN: a rename raced with "..", the man page says to try again
            continue
    raise BlockingIOError(
        errno.EAGAIN, "openat2: it keeps changing, or somebody holds a lease", os.fsdecode(path)
    )


def open_in_root(root: int, path: "str | bytes", flags: int, mode: int = 0) -> int:
    """Open *path* as a process chrooted into *root* would; links stay inside, magic links are refused."""
    return openat2(root, path, flags, IN_ROOT | NO_MAGICLINKS, mode)


def open_below(root: int, path: str, flags: int = CLOEXEC_DIRECTORY) -> int:
    """Open *path*, of any length, below the open *root*, following no link. OSError as openat2(2)."""
    if len(path) < _PIECE:
        return openat2(root, path, flags, BENEATH | NO_SYMLINKS | NO_MAGICLINKS)
    cut = path.rfind("/", 0, _PIECE)
    nearer = openat2(root, path[:cut], CLOEXEC_DIRECTORY, BENEATH | NO_SYMLINKS | NO_MAGICLINKS)
    try:
        return open_below(nearer, path[cut + 1 :], flags)
    finally:
        os.close(nearer)


def make_directory(root: int, path: str, mode: int = 0o755) -> int:
    """Open directory *path* inside *root*, making what is missing on the way, as mkdir -p does."""
    try:
        return open_in_root(root, path, CLOEXEC_DIRECTORY)
    except FileNotFoundError:
        pass
    directory = open_in_root(root, "/", CLOEXEC_DIRECTORY)
    done = ""
    for part in path.split("/"):
        if part in ("", "."):
            continue
        done = f"{done}/{part}"
        following = _step(root, directory, done, part, mode)
        os.close(directory)
        directory = following
    return directory


def _step(root: int, directory: int, path: str, name: str, mode: int) -> int:
    """Open *path*; when absent make *name* in *directory* (a dangling link there is an error)."""
    try:
        return open_in_root(root, path, CLOEXEC_DIRECTORY)
    except FileNotFoundError:
        if name == "..":
            raise
    try:
        os.mkdir(name, mode, dir_fd=directory)
    except FileExistsError:
        if stat.S_ISLNK(os.lstat(name, dir_fd=directory).st_mode):
            raise
    return open_in_root(root, path, CLOEXEC_DIRECTORY)


def fd_path(descriptor: int) -> str:
    """A path that names exactly the open *descriptor*, for calls that take only paths."""
    return f"/proc/self/fd/{descriptor}"
