"""Going to sleep: the supervisor's state into memory, its descriptors through execve."""

import os

from pyker.kernel import stub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.supervisor.job import Job

LONG_QUIET = 60.0  # seconds; who wakes again sooner waits twice as long before the next sleep

_KEPT_WORDS = (
    "HOME", "PATH", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PYKER_ROOT", "PYKER_RUNROOT",
)  # fmt: skip


def patience(job: "Job", last: float) -> float:
    """The seconds of quiet before the next parking, for a job that was last disturbed at *last*."""
    woken_soon = job.parked and last - job.parked < LONG_QUIET
    return min(job.quiet * 2, LONG_QUIET) if woken_soon else type(job).quiet


def park(job: "Job", watched: "Iterable[int]", wake: "tuple[str, ...]") -> None:
    """Leave this program until one of *watched* is ready; come back only where that cannot be."""
    stored = job.store()
    kept = (stored, job.stdin, job.master, *job.keep)
    environment = {name: os.environ[name] for name in _KEPT_WORDS if name in os.environ}
    try:
        stub.park(
            tuple(descriptor for descriptor in watched if descriptor >= 0),
            (*wake, str(stored)),
            environment,
            keep=tuple(descriptor for descriptor in kept if descriptor >= 0),
            name=f"pyker: {job.name}",
        )
    except OSError:
        os.close(stored)
