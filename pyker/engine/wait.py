"""Waiting for a container's end."""

import os
import select

from pyker.base.errors import NotFoundError, PykerError
from pyker.engine.containers import find_container, load_container
from pyker.kernel.liveness import start_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def wait(home: "Home", text: str) -> int:
    """The exit code of the container *text*, as soon as it does not run; NotFoundError when there is none."""
    container = find_container(home, text)
    if container.run is None:
        return int(container.state["ExitCode"])
    code = _ask_supervisor(home, container)
    if code is not None:
        return code
    wait_for_end(container, None)
    current = load_container(home, container.id)
    if current is None:
        raise NotFoundError(f"No such container: {text} (removed before it told its exit code)")
    return int(current.state["ExitCode"])


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
