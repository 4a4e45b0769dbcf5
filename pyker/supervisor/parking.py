"""Going to sleep: the supervisor's state into memory, its descriptors through execve."""

import os
import time

from pyker.kernel import stub
from pyker.supervisor.duty import NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.supervisor.job import Job

SHORT_REST = 1.5  # seconds; below, waking up would cost more than staying awake
LONG_QUIET = 60.0  # seconds; who wakes again sooner waits twice as long before the next sleep

_KEPT_WORDS = (
    "HOME", "PATH", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PYKER_ROOT", "PYKER_RUNROOT",
    "NOTIFY_SOCKET",
)  # fmt: skip


def patience(job: "Job", last: float) -> float:
    """The seconds of quiet before the next parking, for a job that was last disturbed at *last*."""
    woken_soon = job.parked and last - job.parked < LONG_QUIET
    return min(job.quiet * 2, LONG_QUIET) if woken_soon else type(job).quiet


def park(job: "Job", watched: "Iterable[int]", wake: "tuple[str, ...]", due: float = NEVER) -> None:
    """Leave this program until one of *watched* is ready, or *due* seconds have passed.

    Comes back only where that cannot be.
    """
    stored = job.store()
    kept = (stored, job.stdin, job.master, *job.keep)
    try:
        stub.park(
            tuple(descriptor for descriptor in watched if descriptor >= 0),
            (*wake, str(stored)),
            _environment(),
            keep=tuple(descriptor for descriptor in kept if descriptor >= 0),
            name=f"pyker: {job.name}",
            timeout=None if due == NEVER else max(0.0, due),
        )
    except OSError:
        os.close(stored)


def rest(job: "Job", pause: float, wake: "tuple[str, ...]") -> None:
    """Wait *pause* seconds, without this program when that is worth it.

    What *wake* starts then finds a job without a pid.
    """
    if pause > SHORT_REST and stub.supported():
        idle = type(job)(id=job.id, pid=0, name=job.name, extra=job.extra)
        stored = idle.store()
        try:
            words = (*wake, str(stored))
            name = f"pyker: {job.name}"
            stub.park((), words, _environment(), keep=(stored,), name=name, timeout=pause)
        except OSError:
            os.close(stored)
    time.sleep(pause)


def _environment() -> "dict[str, str]":
    return {name: os.environ[name] for name in _KEPT_WORDS if name in os.environ}
