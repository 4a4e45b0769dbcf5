"""Where something is to be mounted: a place inside a root, found or made, held by a descriptor.

The root's content is hostile. It is walked by openat2(RESOLVE_IN_ROOT) only, and what is mounted later is
attached to the descriptor, so a path is never looked up twice. What happens to the names meanwhile does
not matter (CVE-2021-30465).
"""

import errno
import os
import stat

from pyker.base.errors import InvalidError
from pyker.kernel.paths import IN_ROOT, NO_MAGICLINKS, NO_SYMLINKS, O_PATH, open_in_root, openat2

MAX_LINKS = 40  # as the kernel, see path_resolution(7)
MAX_DEPTH = 200  # directories to be made; nobody means more


def open_target(root: int, path: str, *, directory: bool) -> int:
    """*path* inside *root*, links followed inside, made when missing: a directory, or else an empty file.

    Raises InvalidError when it is there and of the other kind, OSError as open(2).
    """
    target = _find_or_make(root, path, directory=directory)
    if stat.S_ISDIR(os.fstat(target).st_mode) == directory:
        return target
    os.close(target)
    raise InvalidError(
        f"cannot mount a {'directory onto the file' if directory else 'file onto the directory'} {path}",
        hint="are source and target of the same kind, and does the source exist on the host?",
    )


def open_fixed_target(root: int, path: str) -> int:
    """Directory *path* inside *root*, made when missing; InvalidError when a link or anything else is there.

    For /proc, /sys, /dev and what lies below: a link in their place would send the kernel's file systems
    where the image likes (CVE-2019-19921, CVE-2025-52565).
    """
    for _ in range(2):
        try:
            return openat2(root, path, O_PATH | os.O_DIRECTORY, IN_ROOT | NO_MAGICLINKS | NO_SYMLINKS)
        except FileNotFoundError:
            _make_fixed(root, path)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            break
    raise InvalidError(f"{path} of the image is a link or a file, and must be a directory")


def _make_fixed(root: int, path: str) -> None:
    parent, _, name = path.rstrip("/").rpartition("/")
    directory = open_fixed_target(root, parent) if parent else os.dup(root)
    try:
        os.mkdir(name, 0o755, dir_fd=directory)
    except FileExistsError:
        return
    finally:
        os.close(directory)


def _find_or_make(root: int, path: str, *, directory: bool) -> int:
    for _ in range(MAX_LINKS):
        try:
            return open_in_root(root, path, O_PATH)
        except FileNotFoundError:
            path = _make(root, path, directory=directory)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _make(root: int, path: str, *, directory: bool) -> str:
    """Make the last name of *path*, or find that it is a link to nowhere; the path to look at next."""
    if path.count("/") > MAX_DEPTH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path[:80])
    parent, _, name = path.rstrip("/").rpartition("/")
    holder = _find_or_make(root, parent or "/", directory=True)
    try:
        if name not in ("", ".", ".."):
            _make_entry(holder, name, directory=directory)
    except FileExistsError:
        return _behind_link(holder, parent, name)
    finally:
        os.close(holder)
    return path


def _make_entry(holder: int, name: str, *, directory: bool) -> None:
    if directory:
        os.mkdir(name, 0o755, dir_fd=holder)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(name, flags, 0o644, dir_fd=holder))


def _behind_link(holder: int, parent: str, name: str) -> str:
    """Where the link *name* points, as a path in the root: what it names is missing and to be made there."""
    try:
        link = os.readlink(name, dir_fd=holder)
    except OSError as error:
        if error.errno == errno.EINVAL:  # no link any more: somebody made it meanwhile, look again
            return f"{parent}/{name}"
        raise
    return link if link.startswith("/") else f"{parent}/{link}"
