"""Directories that are renamed into place or vanish, whatever happens to the process that fills them.

A staging directory is locked (flock(2)) as long as its maker lives; one that nobody holds was left by a
process that died, and `sweep` removes it.
"""

import fcntl
import os

from pyker.base.locks import try_lock
from pyker.kernel.libc import syscall
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.kernel.tree import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self


def sync_filesystem(path: str) -> None:
    """Bring all that was written to the file system of *path* to its disk. See syncfs(2)."""
    descriptor = os.open(path, CLOEXEC_DIRECTORY)
    try:
        syscall("syncfs", descriptor, about=path)
    finally:
        os.close(descriptor)


def is_nearly_full(path: str) -> bool:
    """Whether less than a tenth of the file system of *path* is free."""
    disk = os.statvfs(path)
    return disk.f_bavail < disk.f_blocks // 10


class Staging:
    """A fresh directory below *parent*, in a `with`; what was not moved away is removed at its end.

    Its *name* is random unless one is given that nobody else will use.
    """

    def __init__(self, parent: str, name: str = "") -> None:
        self.parent = parent
        self.name = name
        self.path = ""
        self._descriptor = -1

    def __enter__(self) -> "Self":
        os.makedirs(self.parent, 0o700, exist_ok=True)
        while self._descriptor < 0:
            self._make()
        return self

    def _make(self) -> None:
        """Make and lock a directory; a sweeper that came between is given way to."""
        self.path = os.path.join(self.parent, self.name or os.urandom(16).hex())
        os.mkdir(self.path, 0o700)
        try:
            descriptor = os.open(self.path, CLOEXEC_DIRECTORY)
        except FileNotFoundError:
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_at(descriptor, self.path):
            self._descriptor = descriptor
        else:
            os.close(descriptor)

    def below(self, name: str) -> str:
        """The path of *name* in the directory."""
        return os.path.join(self.path, name)

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        try:
            remove_tree(self.path)
        finally:
            os.close(self._descriptor)


def _is_at(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def sweep(parent: str, save: "Callable[[str], None]" = lambda _: None) -> None:
    """Remove the staging directories below *parent* whose makers are dead, when *save* has seen each."""
    try:
        names = os.listdir(parent)
    except FileNotFoundError:
        return
    for name in names:
        _sweep_one(os.path.join(parent, name), save)


def _sweep_one(path: str, save: "Callable[[str], None]") -> None:
    if (descriptor := take(path)) >= 0:
        try:
            save(path)
            remove_tree(path)
        finally:
            os.close(descriptor)


def is_held(path: str) -> bool:
    """Whether the staging directory *path* exists and its maker lives."""
    if (descriptor := take(path)) >= 0:
        os.close(descriptor)
        return False
    return os.path.isdir(path)


def take(path: str) -> int:
    """The lock of a staging directory that nobody holds, for the caller to hold and close; -1: held or gone.

    Who removes such a directory must hold its lock meanwhile: its maker may be about to take it.
    """
    try:
        descriptor = os.open(path, CLOEXEC_DIRECTORY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    if try_lock(descriptor):
        return descriptor
    os.close(descriptor)
    return -1
