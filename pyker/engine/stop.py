"""Stopping a container: ask, wait, insist."""

from pyker.base.errors import ConflictError
from pyker.base.locks import Lock
from pyker.engine.apart import apart
from pyker.engine.cleanup import forget_run, keep_state
from pyker.engine.containers import find_container, load_container, read_run, read_state
from pyker.engine.ending import DOWN, KEEP, STOP, leave_word
from pyker.engine.events import record_container
from pyker.engine.signals import signal_container, signal_number
from pyker.engine.wait import wait_for_end
from pyker.kernel.process import send_signal
from pyker.model.container import INITIALIZED, PAUSED, RESTARTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

TIMEOUT = 10.0  # seconds between the stop signal and SIGKILL
LAST_PATIENCE = 30.0  # seconds for a killed process and its supervisor to be gone
KILL = 9


def stop(
    home: "Home", text: str, *, timeout: "float | None" = None, signal: str = "", word: str = STOP
) -> None:
    """End container *text*: its stop signal, at most *timeout* seconds, then SIGKILL.

    A negative *timeout* waits for ever; None takes the container's own, or 10 s. One that does not run
    is left as it is. Raises NotFoundError; ConflictError when even SIGKILL did not end it.
    """
    container = find_container(home, text)
    config = container.config["config"]
    number = signal_number(signal or config["StopSignal"] or "TERM")
    if timeout is None:
        timeout = TIMEOUT if config["StopTimeout"] is None else config["StopTimeout"]
    end(home, container, number, timeout, word)
    if container.is_active:
        record_container(home, container, "stop")


def end(home: "Home", container: "Container", signal: int, timeout: float, word: str = STOP) -> None:
    """Send *signal*, and SIGKILL after *timeout* seconds (negative: never); return when the run is undone.

    *word* is what the supervisor hears of it (see pyker.engine.ending).
    """
    if container.run is not None:
        await_end(home, begin_end(home, container, signal, word), timeout)


def begin_end(home: "Home", container: "Container", signal: int, word: str) -> "Container":
    """The first half of *end*; the container as it was then."""
    container = announce_end(home, container, word)
    if container.status != RESTARTING:
        number = KILL if container.status == INITIALIZED else signal  # what waits hears nothing else
        signal_container(container, number)
        record_container(home, container, "kill", signal=str(number))
    if container.status == PAUSED:
        from pyker.engine.pause import thaw

        thaw(home, container)
    return container


def await_end(home: "Home", container: "Container", timeout: float) -> None:
    """The second half of *end*."""
    if container.status != RESTARTING:
        _await_process(home, container, timeout)
    settle(home, container.id)


def _await_process(home: "Home", container: "Container", timeout: float) -> None:
    if not wait_for_end(container, None if timeout < 0 else timeout):
        signal_container(container, KILL)
        record_container(home, container, "kill", signal=str(KILL))
        if not wait_for_end(container, LAST_PATIENCE):
            raise ConflictError(
                f"container {container.name} does not end, even by SIGKILL",
                hint=f"see what its process waits for: cat /proc/{container.pid}/stack",
            )


def announce_end(home: "Home", container: "Container", word: str) -> "Container":
    """Let the supervisor of *container* know that its end is wanted; the container as it is then.

    One that waits for its next start is ended thereby: its supervisor owns nothing but that wish.
    """
    host = container.config["host"]
    if word != KEEP and host["RestartPolicy"]["Name"] in ("", "no") and container.status != RESTARTING:
        return container  # nothing would start it again: spare the lock
    with Lock(f"{container.path}/lock"):
        current = load_container(home, container.id)
        if current is None or current.run is None:
            return container
        if current.status == RESTARTING:
            _end_waiting(current, word)
        else:
            leave_word(home, current, word)
    return current


def _end_waiting(container: "Container", word: str) -> None:
    """End the supervisor of *container*, which cannot start it now, for its lock is ours."""
    watcher = (container.run or {})["supervisor"]
    send_signal(watcher["pid"], watcher["started"], KILL)
    wait_for_end(container, LAST_PATIENCE)
    if word in (STOP, DOWN):
        state = {**read_state(container.path), "stopped": word == STOP, "down": word == DOWN}
        keep_state(container, state, durable=True)


def settle(home: "Home", identity: str) -> None:
    """Undo the run of a container whose supervisor died before it could."""
    container = load_container(home, identity)
    if container is None or container.is_active or read_run(home, identity) is None:
        return
    lock = f"{container.path}/lock"

    def act() -> None:
        with Lock(lock):
            current = load_container(home, identity)
            if current is not None:
                forget_run(home, current)

    apart(home, act)
