"""Sending a signal to a container."""

from pyker.base.errors import ConflictError
from pyker.engine.containers import find_container
from pyker.engine.ending import STOP
from pyker.engine.events import record_container
from pyker.engine.signals import signal_container, signal_number
from pyker.engine.stop import KILL, announce_end, settle
from pyker.model.container import PAUSED, RESTARTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home

INT, QUIT, TERM = 2, 3, 15


def kill(home: "Home", text: str, signal: str = "KILL") -> None:
    """Send *signal* to the first process of container *text*.

    One that is meant to end it makes its restart policy stand back, and ends a container that waits for
    its next start. Raises NotFoundError, InvalidError for a signal that does not exist, ConflictError when
    nothing runs.
    """
    number = signal_number(signal)
    container = find_container(home, text)
    endings = (KILL, TERM, INT, QUIT, signal_number(container.config["config"]["StopSignal"] or "TERM"))
    if container.is_active and number in endings:
        container = announce_end(home, container, STOP)
        if container.status == RESTARTING:
            settle(home, container.id)
            return
    if not container.is_running or not signal_container(container, number):
        raise ConflictError(f"Cannot kill container: {text}: Container {container.id} is not running")
    record_container(home, container, "kill", signal=str(number))
    if container.status == PAUSED:
        from pyker.engine.pause import thaw

        thaw(home, container)
