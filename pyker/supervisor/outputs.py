"""The pipes or the terminal a container writes to, as its supervisor holds them."""

import fcntl
import os

from pyker.supervisor import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.supervisor.job import Job

PIPE = 1 << 18
F_SETPIPE_SZ = 1031


def open_outputs(job: "Job") -> "dict[int, int]":
    """Descriptor to frame kind, each made non-blocking; pipes as wide as PIPE where that is allowed."""
    kinds = {job.stdout: attach.STDOUT, job.stderr: attach.STDERR, job.master: attach.STDOUT}
    kinds.pop(-1, None)
    for descriptor in kinds:
        os.set_blocking(descriptor, False)
        if descriptor != job.master:
            try:
                fcntl.fcntl(descriptor, F_SETPIPE_SZ, PIPE)
            except OSError:
                pass  # above the user's share of pipe memory; the usual size does
    if job.stdin >= 0:
        os.set_blocking(job.stdin, False)
    return kinds
