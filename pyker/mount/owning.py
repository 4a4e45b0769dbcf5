"""Giving a tree to another user, as the volume option "U" asks."""

import os
import stat

from pyker.kernel.paths import BENEATH, CLOEXEC_DIRECTORY, NO_SYMLINKS, NO_XDEV, openat2


def give_tree(path: str, uid: int, gid: int) -> None:
    """Make *uid* and *gid* own *path* and all below it in the same mount; links are changed, not followed."""
    os.chown(path, uid, gid)
    if not os.path.isdir(path):
        return
    top = os.open(path, CLOEXEC_DIRECTORY)
    try:
        todo = ["."]
        while todo:
            todo += _give_directory(top, todo.pop(), uid, gid)
    finally:
        os.close(top)


def _give_directory(top: int, path: str, uid: int, gid: int) -> "list[str]":
    directory = openat2(top, path, CLOEXEC_DIRECTORY, BENEATH | NO_SYMLINKS | NO_XDEV)
    try:
        below = []
        for name in os.listdir(directory):
            os.chown(name, uid, gid, dir_fd=directory, follow_symlinks=False)
            if stat.S_ISDIR(os.lstat(name, dir_fd=directory).st_mode):
                below.append(f"{path}/{name}")
        return below
    finally:
        os.close(directory)
