"""Sending a signal to a container."""

from pyker.base.errors import ConflictError
from pyker.engine.containers import find_container
from pyker.engine.signals import signal_container, signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home


def kill(home: "Home", text: str, signal: str = "KILL") -> None:
    """Send *signal* to the first process of container *text*.

    Raises NotFoundError, InvalidError for a signal that does not exist, ConflictError when nothing runs.
    """
    number = signal_number(signal)
    container = find_container(home, text)
    if not container.is_running or not signal_container(container, number):
        raise ConflictError(f"Cannot kill container: {text}: Container {container.id} is not running")
