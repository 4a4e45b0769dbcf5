"""The supervisor's own life after the start: watch, clean up at the end, and start again when that is due."""

import os
import sys

from pyker.base.errors import PykerError
from pyker.base.home import Home
from pyker.engine.cleanup import finish_run
from pyker.engine.containers import load_container
from pyker.kernel import stub
from pyker.supervisor.job import resume
from pyker.supervisor.loop import supervise
from pyker.supervisor.parking import rest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.supervisor.duty import Duty
    from pyker.supervisor.job import Job


def watch(home: "Home", job: "Job | None", clients: "list[int]") -> None:
    """Supervise the container of *job* to its end, record the end and undo what was made for it.

    While its restart policy wants it back, start it again and go on.
    """
    while job is not None:
        code, pause = _watch_one_run(home, job, clients)
        if pause is None and job.extra.get("notify"):
            os._exit(code)  # we are the main process of a unit of systemd, which is to know
        job = None if pause is None else come_back(home, job, pause)
        clients = []


def _watch_one_run(home: "Home", job: "Job", clients: "list[int]") -> "tuple[int, float | None]":
    """The exit code, and the seconds until the next run, None when this was the last."""
    ended, pause = 0, None

    def finish(code: int, leaving: bool) -> None:  # noqa: FBT001 - a callback's
        nonlocal ended, pause
        ended = code
        for descriptor in job.keep:
            os.close(descriptor)  # the ports are free as soon as the end is told
        pause = finish_run(home, job.id, code, leaving=leaving)

    duties: "tuple[Duty, ...]" = ()
    if job.extra.get("duties"):
        from pyker.engine.duties import duties_of

        duties = duties_of(home, job.id, job.extra.get("notify") or {})
    supervise(job, clients, wake=wake_command(), finish=finish, duties=duties)
    return ended, pause


def come_back(home: "Home", job: "Job", pause: "float | None") -> "Job | None":
    """Start the container of *job* again after *pause* seconds: the job that is left to do then.

    Meanwhile SIGTERM and SIGKILL end this process, which owns nothing but the wish to start. A start
    that fails is tried again as the container's restart policy says; None when it says no.
    """
    stub.reset_signals()
    while pause is not None:
        rest(job, pause, wake_command())
        from pyker.engine.launch import start_container

        try:
            return start_container(home, job.id, lambda _: None)
        except (PykerError, OSError):
            pause = _next_pause(home, job.id)
    return None


def _next_pause(home: "Home", identity: str) -> "float | None":
    container = load_container(home, identity)
    run = (container.run if container is not None else None) or {}
    return run["pause"] if run.get("restarting") and run["supervisor"]["pid"] == os.getpid() else None


def wake_command() -> "tuple[str, ...]":
    """What a parked supervisor executes to go on; the number of its job's descriptor is added."""
    return (sys.executable, "-IS", os.path.abspath(sys.argv[0]), "container", "supervise")


def take_up(descriptor: int) -> None:
    """Go on with the job kept in memory behind *descriptor*: what a woken supervisor does first."""
    job = resume(descriptor)
    words = job.extra["home"]
    home = Home(words["graph"], words["run"], words["config"], words["rootless"])
    watch(home, job if job.pid else come_back(home, job, 0.0), [])
