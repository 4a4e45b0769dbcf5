"""A container's health: checked by its supervisor, kept in its run directory, shown by `ps` and `inspect`.

A check whose next run is far away costs no memory meanwhile: the supervisor leaves its program, and
finds here what it has to go on with.
"""

import os
import select
import time

from pyker.base.errors import ConflictError, PykerError
from pyker.base.jsonfile import read, write
from pyker.engine import probe as probes
from pyker.engine.clock import now as wall_clock
from pyker.engine.containers import find_container, load_container, read_health, run_path
from pyker.engine.entry import guard
from pyker.engine.probe import Probe, begin_probe
from pyker.kernel.process import become_subreaper
from pyker.model import health as model
from pyker.model.container import PAUSED, RUNNING
from pyker.model.health import check_of
from pyker.supervisor.duty import Duty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Container as Holder
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.health import Check

NAP = 10.0  # seconds until the next check that are worth leaving the program for
GRACE = 1.0  # seconds more for a check that ends itself in time


class HealthDuty(Duty):
    """The checks of one run of a container."""

    def __init__(self, home: "Home", container: "Container", changed: "Callable[[str], None]") -> None:
        """*changed* hears each new health."""
        self.home = home
        self.container = container
        self.check = _required(container)
        self.changed = changed
        self.probe: "Probe | None" = None
        self.begun = 0.0
        self.wall = ""
        self.sealed = may_trace(container)
        began = (container.run or {}).get("began", 0.0)
        self.began = float(began)
        known = read_health(home, container.id)
        self.next = float((known or {}).get("next", began + self.check.pause(model.STARTING, 0.0)))
        if known is None:
            store(home, container.id, model.fresh(), self.next)

    def due(self) -> float:
        """The next check, or the last moment of this one."""
        if self.probe is None:
            return self.next
        return self.begun + self.check.timeout + GRACE * self.sealed

    def watched(self) -> "tuple[int, ...]":
        """What the check says, and its end."""
        return () if self.probe is None else (self.probe.reader, self.probe.end)

    def may_sleep(self) -> bool:
        """Not during a check, nor shortly before the next."""
        return self.probe is None and self.next - time.monotonic() >= NAP

    def act(self, ready: "Holder[int]", now: float) -> None:
        """Begin a check, take what it says, end one that is overdue."""
        if self.probe is None:
            if now >= self.next:
                self._begin(now)
            return
        if self.probe.reader in ready:
            self.probe.read()
        if now >= self.due():
            self.probe.kill()

    def _begin(self, now: float) -> None:
        current = load_container(self.home, self.container.id)
        if current is None or current.status != RUNNING:
            self.next = now + self.check.interval
            return
        self.begun, self.wall = now, wall_clock()
        begin = probes.begin_sealed_probe if self.sealed else probes.begin_probe
        try:
            self.probe = begin(self.home, current, self.check)
        except (PykerError, OSError) as error:
            self._conclude(probes.refusal(self.wall, wall_clock(), error))

    def ended(self, pid: int, code: int) -> None:
        """The check is over."""
        if self.probe is None or self.probe.pid != pid:
            return
        self.probe.read()
        output = bytes(self.probe.output)
        self.probe.close()
        self.probe = None
        if time.monotonic() - self.begun >= self.check.timeout:
            code, output = model.TIMED_OUT, probes.overdue(self.check.timeout)
        self._conclude(probes.result(self.wall, wall_clock(), code, output))

    def _conclude(self, result: "dict[str, Any]") -> None:
        health = read_health(self.home, self.container.id) or model.fresh()
        before = health["Status"]
        lenient = self.check.is_lenient(before, self.begun - self.began)
        health = model.judge(health, result, retries=self.check.retries, lenient=lenient)
        now = time.monotonic()
        self.next = now + self.check.pause(health["Status"], now - self.began)
        store(self.home, self.container.id, health, self.next)
        if health["Status"] != before:
            self.changed(health["Status"])

    def close(self) -> None:
        """End a check that is under way; its process dies with the container."""
        if self.probe is not None:
            self.probe.kill()
            self.probe.close()
            self.probe = None


def _required(container: "Container") -> "Check":
    check = check_of(container.config["config"])
    if check is None:
        raise ConflictError(f"container {container.id} has no defined healthcheck")
    return check


def may_trace(container: "Container") -> bool:
    """Whether a process of *container* may look into one that joins it."""
    spec = read(f"{container.path}/spec.json")
    return "CAP_SYS_PTRACE" in spec["process"]["capabilities"]["bounding"]


def store(home: "Home", identity: str, health: "dict[str, Any]", moment: float) -> None:
    """Keep *health* and the *moment* of the next check; nothing where the run is over."""
    try:
        write(f"{run_path(home, identity)}/health.json", {**health, "next": moment}, durable=False)
    except FileNotFoundError:
        return


def run_check(home: "Home", text: str) -> int:
    """Check container *text* once, now, and keep the result: the exit code of the check.

    Raises NotFoundError, ConflictError when it does not run or has no check.
    """
    container = find_container(home, text)
    check = _required(container)
    if not container.is_running:
        raise ConflictError(f"container {container.id} is not running", hint=f"pyker start {container.name}")
    if container.status == PAUSED:
        raise ConflictError(f"Container {text} is paused, unpause the container before exec")
    guard(read(f"{container.path}/spec.json"))
    become_subreaper()
    started = wall_clock()
    try:
        code, output = _await(begin_probe(home, container, check), check)
        result = probes.result(started, wall_clock(), code, output)
    except PykerError as error:
        result = probes.refusal(started, wall_clock(), error)
    known = read_health(home, container.id) or {**model.fresh(), "next": 0.0}
    store(home, container.id, model.judge(known, result, retries=check.retries, lenient=False), known["next"])
    return int(result["ExitCode"])


def _await(probe: Probe, check: "Check") -> "tuple[int, bytes]":
    """The exit code of *probe*, which is ended when it takes too long, and what it said."""
    deadline = time.monotonic() + check.timeout
    poll = select.poll()
    poll.register(probe.end, select.POLLIN)
    while not poll.poll(50):
        probe.read()
        if time.monotonic() >= deadline:
            probe.kill()
    code = os.waitstatus_to_exitcode(os.waitpid(probe.pid, 0)[1])
    probe.read()
    if time.monotonic() >= deadline:
        return model.TIMED_OUT, probes.overdue(check.timeout)
    return code if code >= 0 else 128 - code, bytes(probe.output)
