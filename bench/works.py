"""What is measured of the commands people type most, one class a kind of work."""

import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.engines import Engine, EngineError, run

ALL = ("pyker", "podman", "docker", "runc")
ENGINES_WITH_STORES = ("pyker", "podman", "docker")


class Work:
    """One thing people wait for, with what it may cost: (peer, factor) pairs."""

    heavy = False
    minbase = False  # whether it takes Debian's root file system
    unit = "ms"

    def __init__(self, name: str, words: Sequence[str], **limits: float) -> None:
        self.name = name
        self.words = tuple(words)
        self.limits = limits
        self.engines: tuple[str, ...] = ALL if "runc" in limits else ENGINES_WITH_STORES

    def prepare(self, engine: Engine) -> Engine:
        """Set *engine* up for this work; the engine to measure."""
        return engine

    def once(self, engine: Engine) -> float:
        """Do it once; the seconds it took."""
        return clocked(engine.argv(*self.words), engine)

    def undo(self, engine: Engine) -> None:
        """Take away what prepare() set up."""


class Beside(Work):
    """A command while one container, `beside`, is running."""

    def prepare(self, engine: Engine) -> Engine:
        """Start the container."""
        engine.do("run", "-d", "--network", "none", "--name", "beside", "bench", "sleep", "1000000")
        return engine

    def undo(self, engine: Engine) -> None:
        """Remove it."""
        run(engine.remove(["beside"]), engine.environment)


class Stopped(Work):
    """A command while *count* stopped containers are there."""

    count = 500

    def __init__(self, name: str, words: Sequence[str], **limits: float) -> None:
        super().__init__(name, words, **limits)
        self.engines = ("pyker", "podman")

    def prepare(self, engine: Engine) -> Engine:
        """Run them all, in stores of their own so that no other work sees them."""
        world = engine.twin(engine.place / "stopped")
        world.start()
        world.import_image(engine.place.parent / "rootfs.tar", "bench")
        argv = world.argv("run", "-d", "--network", "none", "bench", "true")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: clocked(argv, world), range(self.count)))
        time.sleep(2)
        return world

    def undo(self, engine: Engine) -> None:
        """The stores go with the scratch directory."""
        engine.stop()


class Many(Work):
    """Fifty containers started eight at a time, then removed by one command."""

    heavy = True
    unit = "s"
    count = 50
    at_a_time = 8

    def once(self, engine: Engine) -> float:
        """All of it, by the wall clock."""
        names = [f"many{number}" for number in range(self.count)]
        started = time.monotonic()
        with ThreadPoolExecutor(self.at_a_time) as pool:
            tail = ("bench", "sleep", "1000000")
            list(
                pool.map(lambda name: clocked(engine.argv("run", "-d", "--name", name, *tail), engine), names)
            )
        clocked(engine.remove(names), engine)
        return time.monotonic() - started


class Memory(Work):
    """What one supervisor holds of memory (PSS) while twenty containers run."""

    heavy = True
    unit = "kB"
    count = 20

    def prepare(self, engine: Engine) -> Engine:
        """Start them and let them come to rest."""
        for number in range(self.count):
            engine.do(
                "run", "-d", "--network", "none", "--name", f"rest{number}", "bench", "sleep", "1000000"
            )
        time.sleep(5)
        return engine

    def once(self, engine: Engine) -> float:
        """The mean PSS of the processes that are the parents of the containers' first ones."""
        names = [f"rest{number}" for number in range(self.count)]
        pids = engine.do("inspect", "--format", "{{.State.Pid}}", *names).split()
        parents = {parent(int(pid)) for pid in pids}
        return sum(proportional(pid) for pid in parents) / self.count

    def undo(self, engine: Engine) -> None:
        """Remove them."""
        run(engine.remove([f"rest{number}" for number in range(self.count)]), engine.environment)


class Noise(Work):
    """200 MB written to stdout by one container: attached (to nothing), or detached and waited for."""

    heavy = True
    unit = "s"
    script = "i=0; while [ $i -lt 200 ]; do cat /noise; i=$((i+1)); done"

    def once(self, engine: Engine) -> float:
        """From the start of the container to its recorded end."""
        tail = ("--name", "noise", "--network", "none", "bench", "sh", "-c", self.script)
        started = time.monotonic()
        clocked(engine.argv("run", *self.words, *tail), engine)
        clocked(engine.argv("wait", "noise"), engine)
        took = time.monotonic() - started
        run(engine.argv("rm", "noise"), engine.environment)
        return took


def clocked(argv: list[str], engine: Engine) -> float:
    """The seconds *argv* takes, its stdout thrown away; EngineError with its words when it fails."""
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        done = subprocess.run(
            argv, env=engine.environment, stdout=subprocess.DEVNULL, stderr=errors, check=False
        )
        took = time.monotonic() - started
        if done.returncode:
            errors.seek(0)
            raise EngineError(f"{' '.join(argv)}: exit {done.returncode}\n{errors.read().decode()}")
    return took


def parent(pid: int) -> int:
    """The parent of process *pid*."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def proportional(pid: int) -> float:
    """The kB of memory that are *pid*'s share (PSS in proc(5))."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return float(next(row.split()[1] for row in rows if row.startswith("Pss:")))


WORKS: tuple[Work, ...] = (
    Work(
        "run none", ["run", "--rm", "--network", "none", "bench", "true"], podman=0.35, docker=0.25, runc=2.5
    ),
    Work("run bridge", ["run", "--rm", "bench", "true"], podman=0.25, docker=0.30),
    Beside("exec", ["exec", "beside", "true"], podman=0.30, docker=0.6),
    Beside("ps", ["ps"], podman=0.7, docker=1.6),
    Beside("images", ["images"], podman=0.7, docker=1.6),
    Beside("inspect", ["inspect", "beside"], podman=0.7, docker=1.6),
    Stopped("ps -a, 500 stopped", ["ps", "-a"], podman=0.7),
    Many("50 x run -d, rm -f", [], podman=0.4),
    Memory("memory of a supervisor", [], docker=0.45),
    Noise("200 MB, attached", [], docker=1.0),
    Noise("200 MB, detached", ["-d"], docker=1.0),
)
