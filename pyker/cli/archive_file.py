"""An archive that a command writes to a file: whole, or not there."""

import os

from pyker.base.errors import InvalidError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def written(path: str, write: "Callable[[int], object]") -> None:
    """Let *write* fill an open file beside *path* and put it in its place.

    What is no regular file, a pipe or a device, is written to as it is. Raises NotFoundError when the
    directory does not exist, InvalidError for a directory.
    """
    if os.path.isdir(path):
        raise InvalidError(f"{path} is a directory", hint="name a file")
    if os.path.exists(path) and not os.path.isfile(path):
        _into(os.open(path, os.O_WRONLY | os.O_CLOEXEC), write)
        return
    path = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(path)):
        raise NotFoundError(
            f"invalid output path: stat {os.path.dirname(path)}: no such file or directory",
            hint="the directory must exist",
        )
    aside = f"{path}.{os.getpid()}.tmp"
    try:
        _into(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), write)
        os.rename(aside, path)
    except BaseException:
        if os.path.lexists(aside):
            os.unlink(aside)
        raise


def _into(descriptor: int, write: "Callable[[int], object]") -> None:
    try:
        write(descriptor)
    finally:
        os.close(descriptor)
