"""What a copy does with what is there already: files are replaced, directories filled, both never mixed."""

import errno
import os
import stat

from pyker.base.errors import ConflictError
from pyker.base.value import Value
from pyker.kernel.tree import remove_entry

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Replace(Value):
    """Whether a directory may take the place of something else, and the other way round."""

    overwrite: bool = False

    def has_directory(self, parent: int, name: str, shown: str) -> bool:
        """Whether *name* in *parent* is a directory; anything else there is removed or refused."""
        status = _status(parent, name)
        if status is None:
            return False
        if stat.S_ISDIR(status.st_mode):
            return True
        if not self.overwrite:
            raise ConflictError(f'cannot overwrite non-directory "{shown}" with directory')
        _unlink(parent, name)
        return False

    def make_room(self, parent: int, name: str, shown: str) -> None:
        """Remove what is at *name* in *parent*, a directory only when that was allowed.

        A file that something is mounted on stays: *create* writes into it.
        """
        status = _status(parent, name)
        if status is None:
            return
        if not stat.S_ISDIR(status.st_mode):
            _unlink(parent, name)
            return
        if not self.overwrite:
            raise ConflictError(f'cannot overwrite directory "{shown}" with non-directory')
        remove_entry(parent, name)

    def create(self, parent: int, name: str) -> "tuple[int, bool]":
        """A new file *name* in *parent*, open for writing; False when it is one something is mounted on."""
        try:
            return os.open(name, _CREATE, 0o600, dir_fd=parent), True
        except FileExistsError:
            pass
        flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        existing = os.open(name, flags, dir_fd=parent)
        if not stat.S_ISREG(os.fstat(existing).st_mode):
            os.close(existing)
            raise ConflictError(f"{name} is no regular file and cannot be replaced")
        os.ftruncate(existing, 0)
        return existing, False


def make_node(parent: int, name: str, mode: int, device: int) -> None:
    """A FIFO or device with that *mode* from the start: a chmod(2) by name could be led to another file."""
    before = os.umask(0)
    try:
        os.mknod(name, mode, device, dir_fd=parent)
    finally:
        os.umask(before)


def _status(parent: int, name: str) -> "os.stat_result | None":
    try:
        return os.lstat(name, dir_fd=parent)
    except FileNotFoundError:
        return None


def _unlink(parent: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.EBUSY:  # a mount point
            raise
