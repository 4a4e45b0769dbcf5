"""A root whose files belong to the ids of a user namespace, while the disk keeps the container's own.

Layers and the writable directory are seen through idmapped mounts while the overlay is put together; it
keeps clones of them, so they are taken away again. See "idmapped mounts" in mount_setattr(2) and
"Nested overlayfs mounts" in overlayfs.rst.
"""

import os

from pyker.kernel import mounts as m

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


class Idmapped:
    """In a `with`: each of *paths* is covered by itself as the user namespace *userns* sees it.

    For private mount namespaces. Raises OSError when the kernel or the file system cannot do it.
    """

    def __init__(self, paths: "Iterable[str]", userns: int) -> None:
        self._paths = tuple(paths)
        self._userns = userns
        self._covered: list[str] = []

    def __enter__(self) -> "Self":
        try:
            for path in self._paths:
                cover(path, self._userns)
                self._covered.append(path)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        while self._covered:
            m.umount(self._covered.pop(), m.DETACH)


def cover(path: str, userns: int) -> None:
    """Mount directory *path* over itself with the ids of *userns*."""
    target = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        tree = m.open_tree(target, "", m.OPEN_TREE_CLONE | m.AT_EMPTY_PATH)
        try:
            m.set_attributes(tree, add=m.ATTR_IDMAP, userns=userns)
            m.move_mount(tree, target)
        finally:
            os.close(tree)
    finally:
        os.close(target)
