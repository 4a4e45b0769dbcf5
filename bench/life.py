"""What is measured of a container's life."""

import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from bench.engines import Engine, PykerRuntime, run
from bench.works import Work, clocked, parent

TICKS = os.sysconf("SC_CLK_TCK")


class Health(Work):
    """The CPU that one health check costs, of a container that is checked every second.

    Pyker's supervisor does it by itself: what it and its children used in some seconds. Podman has a
    systemd timer execute `podman healthcheck run`: what that and its children used.
    """

    heavy = True
    seconds = 5

    def __init__(self, name: str, words: Sequence[str], **limits: float) -> None:
        super().__init__(name, words, **limits)
        self.engines = ("pyker", "podman")  # docker's daemon does it among everything else

    def prepare(self, engine: Engine) -> Engine:
        """Start the container."""
        interval = "1s" if engine.name == "pyker" else "disable"  # there may be no systemd here
        check = ("--health-cmd", "true", "--health-interval", interval)
        engine.do("run", "-d", "--network", "none", "--name", "checked", *check, "bench", "sleep", "1000000")
        return engine

    def once(self, engine: Engine) -> float:
        """CPU seconds a check."""
        if engine.name == "pyker":
            pid = parent(int(engine.do("inspect", "--format", "{{.State.Pid}}", "checked")))
            before = used_by(pid)
            time.sleep(self.seconds)
            return (used_by(pid) - before) / self.seconds
        before = used_by_children()
        clocked(engine.argv("healthcheck", "run", "checked"), engine)
        return used_by_children() - before

    def undo(self, engine: Engine) -> None:
        """Remove the container."""
        run(engine.remove(["checked"]), engine.environment)


class RunBundle(Work):
    """`run` of a bundle by the runtime alone."""

    def __init__(self, name: str, words: Sequence[str], **limits: float) -> None:
        super().__init__(name, words, **limits)
        self.engines = ("pyker", "runc")

    def prepare(self, engine: Engine) -> Engine:
        """The runtime of each with the same bundle."""
        if engine.name != "pyker":
            return engine
        world = PykerRuntime(engine.place / "bundle", engine.program)
        world.import_image(engine.place.parent / "rootfs.tar", "bench")
        return world


def used_by(pid: int) -> float:
    """The CPU seconds of process *pid* and of the children it has waited for: see proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


def used_by_children() -> float:
    """The CPU seconds of our own children that have ended, and theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


LIFE_WORKS: tuple[Work, ...] = (
    RunBundle("run of a bundle", [], runc=1.8),
    Health("CPU of a health check", [], podman=0.5),
)
