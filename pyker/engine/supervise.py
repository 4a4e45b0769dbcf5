"""The supervisor's own life after the start: watch, and clean up at the end."""

import os
import sys

from pyker.base.home import Home
from pyker.engine.cleanup import finish_run
from pyker.supervisor.job import resume
from pyker.supervisor.loop import supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.supervisor.job import Job


def watch(home: "Home", job: "Job", clients: "list[int]") -> None:
    """Supervise the container of *job* to its end, then record the end and undo what was made for it."""

    def finish(code: int) -> None:
        for descriptor in job.keep:
            os.close(descriptor)  # the ports are free as soon as the end is told
        finish_run(home, job.id, code)

    supervise(job, clients, wake=wake_command(), finish=finish)


def wake_command() -> "tuple[str, ...]":
    """What a parked supervisor executes to go on; the number of its job's descriptor is added."""
    return (sys.executable, "-IS", os.path.abspath(sys.argv[0]), "container", "supervise")


def take_up(descriptor: int) -> None:
    """Go on with the job kept in memory behind *descriptor*: what a woken supervisor does first."""
    job = resume(descriptor)
    home = job.extra["home"]
    watch(Home(home["graph"], home["run"], home["config"], home["rootless"]), job, [])
