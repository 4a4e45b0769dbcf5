"""Advisory locks on files: freed by the kernel when their holder dies (flock(2))."""

import errno
import fcntl
import os
import time

from pyker.base.errors import ConflictError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

PATIENCE = 60.0  # seconds; a lock is held for milliseconds, so a longer wait is a fault worth naming


class Lock:
    """An exclusive (or shared) hold on the file at *path*, made when absent; use it in a `with`.

    Waits at most *patience* seconds, then raises ConflictError naming the file.
    """

    def __init__(self, path: str, *, shared: bool = False, patience: float = PATIENCE) -> None:
        self.path = path
        self.patience = patience
        self._operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._descriptor = -1

    def __enter__(self) -> "Self":
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self._wait()
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + self.patience
        pause = 0.001
        while not try_lock(self._descriptor, self._operation):
            if time.monotonic() > deadline:
                raise ConflictError(
                    f"{self.path} is locked by another pyker command for more than {self.patience:.0f} s",
                    hint=f"see who holds it: fuser {self.path}",
                )
            time.sleep(pause)
            pause = min(pause * 2, 0.02)

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        os.close(self._descriptor)


def try_lock(descriptor: int, operation: int = fcntl.LOCK_EX) -> bool:
    """Take the lock on an open file if nobody holds it; False when somebody does."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True
