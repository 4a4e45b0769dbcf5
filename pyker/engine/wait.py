"""Waiting for a container's end."""

import os
import select
import time

from pyker.base.errors import NotFoundError, PykerError
from pyker.engine.containers import LOST, find_container, load_container, read_state
from pyker.kernel.liveness import start_time
from pyker.model.container import CREATED, EXITED, RESTARTING, STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

PAUSE = 0.05  # seconds between two looks at a container that waits for its next start
ENDED = ("stopped", EXITED)
CONDITIONS = (*STATES, "stopped", "configured", "healthy", "unhealthy")


def wait(home: "Home", text: str) -> int:
    """The exit code of the container *text*, as soon as it does not run; NotFoundError when there is none.

    One that waits for its next start has to end once more.
    """
    container = find_container(home, text)
    if container.run is None:
        return int(container.state["ExitCode"])
    awaited = container.run.get("run", 0) + (container.status == RESTARTING)
    if container.has_process and (code := _ask_supervisor(home, container)) is not None:
        return code
    while (current := load_container(home, container.id)) is not None:
        last = read_state(current.path)
        if last.get("run", 0) > awaited or (last.get("run") == awaited and not last.get("unfinished")):
            return int(last.get("code", LOST))
        if current.run is None or not current.is_active:  # the latter: nobody was left to tell its end
            return int(current.state["ExitCode"])
        time.sleep(PAUSE)
        _wait_for_process(current.run.get("pid", 0), current.run.get("started", 0), 1.0)
    raise NotFoundError(f"No such container: {text} (removed before it told its exit code)")


def wait_until(home: "Home", text: str, conditions: "tuple[str, ...]", interval: float) -> int:
    """Look every *interval* seconds whether container *text* meets one of *conditions*: its exit code then.

    It is -1 for a container that did not end. Raises NotFoundError; one that is removed meanwhile meets
    "removing" and "stopped".
    """
    container = find_container(home, text)
    while not any(_meets(container, condition) for condition in conditions):
        time.sleep(interval)
        current = load_container(home, container.id)
        if current is None:
            if {"removing", *ENDED} & set(conditions):
                return -1
            raise NotFoundError(f"No such container: {text} (removed meanwhile)")
        container = current
    return int(container.state["ExitCode"]) if container.status == EXITED else -1


def _meets(container: "Container", condition: str) -> bool:
    if condition in ("healthy", "unhealthy"):
        return container.is_running and (container.state.get("Health") or {}).get("Status") == condition
    if condition in ENDED:
        return container.status == EXITED
    return container.status == {"configured": CREATED}.get(condition, condition)


def _ask_supervisor(home: "Home", container: "Container") -> "int | None":
    """Hear the end from the supervisor itself: a container made with --rm leaves no other record."""
    from pyker.engine.attach import attach_client, connect

    try:
        return attach_client(connect(home, container.id), stdin=False, tty=False, streams=())
    except PykerError:
        return None  # there is none any more


def wait_for_end(container: "Container", timeout: "float | None") -> bool:
    """Whether nothing of the run lives, supervisor included, within *timeout* seconds."""
    run = container.run or {}
    watcher = run.get("supervisor") or {}
    pairs = ((watcher.get("pid", 0), watcher.get("started", 0)), (run.get("pid", 0), run.get("started", 0)))
    return all(_wait_for_process(pid, started, timeout) for pid, started in pairs)


def _wait_for_process(pid: int, started: int, timeout: "float | None") -> bool:
    """poll(2) on a pidfd: readable when the process has ended. See pidfd_open(2)."""
    if not pid or start_time(pid) != started:
        return True
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if start_time(pid) != started:
            return True
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(None if timeout is None else int(timeout * 1000)))
    finally:
        os.close(descriptor)
