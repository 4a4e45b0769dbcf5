"""Stopping a container: ask, wait, insist."""

from pyker.base.errors import ConflictError
from pyker.base.locks import Lock
from pyker.engine.apart import apart
from pyker.engine.cleanup import forget_run
from pyker.engine.containers import find_container, load_container
from pyker.engine.signals import signal_container, signal_number
from pyker.engine.wait import wait_for_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

TIMEOUT = 10.0  # seconds between the stop signal and SIGKILL
LAST_PATIENCE = 30.0  # seconds for a killed process and its supervisor to be gone
KILL = 9


def stop(home: "Home", text: str, *, timeout: "float | None" = None, signal: str = "") -> None:
    """End container *text*: its stop signal, at most *timeout* seconds, then SIGKILL.

    A negative *timeout* waits for ever; None takes the container's own, or 10 s. One that does not run
    is left as it is. Raises NotFoundError; ConflictError when even SIGKILL did not end it.
    """
    container = find_container(home, text)
    config = container.config["config"]
    number = signal_number(signal or config["StopSignal"] or "TERM")
    if timeout is None:
        timeout = TIMEOUT if config["StopTimeout"] is None else config["StopTimeout"]
    end(home, container, number, timeout)


def end(home: "Home", container: "Container", signal: int, timeout: float) -> None:
    """Send *signal*, and SIGKILL after *timeout* seconds (negative: never); return when the run is undone."""
    if container.run is None:
        return
    signal_container(container, signal)
    if not wait_for_end(container, None if timeout < 0 else timeout):
        signal_container(container, KILL)
        if not wait_for_end(container, LAST_PATIENCE):
            raise ConflictError(
                f"container {container.name} does not end, even by SIGKILL",
                hint=f"see what its process waits for: cat /proc/{container.pid}/stack",
            )
    settle(home, container.id)


def settle(home: "Home", identity: str) -> None:
    """Undo the run of a container whose supervisor died before it could."""
    container = load_container(home, identity)
    if container is None or container.is_running or container.run is None:
        return
    lock = f"{container.path}/lock"

    def act() -> None:
        with Lock(lock):
            current = load_container(home, identity)
            if current is not None:
                forget_run(home, current)

    apart(home, act)
