"""Kernel files a container must not see or not write: masked and read-only paths, the read-only root.

Every path is opened inside the root without following any link, and what covers it is attached to that
descriptor. The null device that masks files is checked to be one (CVE-2025-31133).
"""

import errno
import os
import stat

from pyker.base.errors import UnsupportedError
from pyker.kernel import mounts as m
from pyker.kernel.fsmount import new_filesystem
from pyker.kernel.paths import IN_ROOT, NO_MAGICLINKS, NO_SYMLINKS, O_PATH, openat2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NULL = os.makedev(1, 3)
_QUIET = m.ATTR_RDONLY | m.ATTR_NOSUID | m.ATTR_NODEV | m.ATTR_NOEXEC
_CLONE = m.OPEN_TREE_CLONE | m.AT_EMPTY_PATH


def mask_paths(root: int, paths: "Iterable[str]") -> None:
    """Cover each of *paths* inside the open *root*: a file by the null device, a directory by an empty one.

    What is absent needs no mask. Raises UnsupportedError when the null device of the root is none.
    """
    null = folder = -1
    try:
        for target in _existing(root, paths):
            if stat.S_ISDIR(os.fstat(target).st_mode):
                folder = _cover_directory(target, folder)
            else:
                null = null if null >= 0 else open_null(root)
                _cover_file(target, null)
    finally:
        for descriptor in (null, folder):
            if descriptor >= 0:
                os.close(descriptor)


def protect_paths(root: int, paths: "Iterable[str]") -> None:
    """Make each of *paths* inside the open *root* read-only, with all that is mounted below."""
    for target in _existing(root, paths):
        tree = m.open_tree(target, "", _CLONE | m.AT_RECURSIVE)
        try:
            m.set_attributes(tree, add=m.ATTR_RDONLY, recursive=True)
            m.move_mount(tree, target)
        finally:
            os.close(tree)


def protect_root(root: int) -> None:
    """Make the mount whose root is the open *root* read-only, but none mounted below it."""
    m.set_attributes(root, add=m.ATTR_RDONLY)


def open_null(root: int) -> int:
    """The null device inside *root*, opened as a place; UnsupportedError when something else is there."""
    try:
        null = openat2(root, "dev/null", O_PATH, IN_ROOT | NO_MAGICLINKS | NO_SYMLINKS)
    except OSError as error:
        raise UnsupportedError(f"/dev/null of the container cannot be used: {error.strerror}") from error
    status = os.fstat(null)
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == _NULL:
        return null
    os.close(null)
    raise UnsupportedError("/dev/null of the container is not the null device")


def _existing(root: int, paths: "Iterable[str]") -> "Iterator[int]":
    """Those of *paths* that exist, each open as a place while it is looked at."""
    for path in paths:
        try:
            target = openat2(root, path, O_PATH, IN_ROOT | NO_MAGICLINKS | NO_SYMLINKS)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                continue
            raise
        try:
            yield target
        finally:
            os.close(target)


def _cover_file(target: int, null: int) -> None:
    tree = m.open_tree(null, "", _CLONE)
    try:
        m.set_attributes(tree, add=m.ATTR_RDONLY)  # its mode and owner are not the container's to change
        m.move_mount(tree, target)
    finally:
        os.close(tree)


def _cover_directory(target: int, folder: int) -> int:
    """Cover *target* by an empty file system, the same one for all: *folder* once there is one."""
    if folder >= 0:
        tree = m.open_tree(folder, "", _CLONE)
    else:
        tree = folder = new_filesystem("tmpfs", "tmpfs", ("nr_inodes=1", "mode=555"), _QUIET)
    m.move_mount(tree, target)
    if tree != folder:
        os.close(tree)
    return folder
