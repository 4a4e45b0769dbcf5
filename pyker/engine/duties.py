"""What the supervisor of a container does beside carrying its output: end it in time, check its health."""

import time

from pyker.base.errors import PykerError
from pyker.base.locks import Lock
from pyker.engine.containers import container_path, load_container
from pyker.engine.ending import AGAIN, STOP, leave_word
from pyker.engine.events import record_container
from pyker.engine.signals import signal_container, signal_number
from pyker.model.health import HEALTHY, UNHEALTHY
from pyker.supervisor.duty import NEVER, Duty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container as Holder
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.health import Check

KILL = 9
TIMEOUT = 10.0  # seconds between the stop signal and SIGKILL where the container has no own


def duties_of(home: "Home", identity: str, notify: "dict[str, Any]") -> "tuple[Duty, ...]":
    """The duties that the configuration of container *identity*, which runs, asks for.

    *notify* says whom to tell when it is ready: mode, address and descriptor of pyker.engine.notify.
    """
    container = load_container(home, identity)
    if container is None or container.run is None:
        return ()
    config = container.config["config"]
    ending = Ending(home, container)
    found: list[Duty] = [ending]
    if limit := config.get("Timeout"):
        found.append(TimeLimit(container, container.run.get("began", 0.0) + limit))
    if config.get("Healthcheck"):
        from pyker.engine.health import HealthDuty
        from pyker.model.health import check_of

        if (check := check_of(config)) is not None:
            found.append(HealthDuty(home, container, Health(home, container, check, ending, notify)))
    if notify.get("descriptor", -1) >= 0:
        from pyker.engine.notify import Messenger

        found.append(Messenger(notify["descriptor"], notify["address"]))
    return tuple(found)


class Health:
    """What follows a change of health: an event, a word to systemd, the end of the container."""

    def __init__(
        self, home: "Home", container: "Container", check: "Check", ending: "Ending", notify: "dict[str, Any]"
    ) -> None:
        self.home = home
        self.container = container
        self.check = check
        self.ending = ending
        self.notify = notify

    def __call__(self, status: str) -> None:
        """The container is *status* now."""
        record_container(self.home, self.container, f"health_status: {status}")
        if status == UNHEALTHY:
            self.ending.begin(self.check.on_failure)
        elif status == HEALTHY and self.notify.get("mode") == "healthy":
            from pyker.engine.notify import tell

            tell(self.notify["address"], "READY=1")


class Ending(Duty):
    """Ending the container from within, as `stop` does from without."""

    def __init__(self, home: "Home", container: "Container") -> None:
        self.home = home
        self.container = container
        self.deadline = NEVER

    def due(self) -> float:
        """When SIGKILL is due."""
        return self.deadline

    def may_sleep(self) -> bool:
        """Not between the two signals."""
        return self.deadline == NEVER

    def act(self, ready: "Holder[int]", now: float) -> None:  # noqa: ARG002 - a Duty's words
        """Insist."""
        if now >= self.deadline:
            self.deadline = NEVER
            signal_container(self.container, KILL)

    def begin(self, action: str) -> None:
        """Do what is to follow a failed health check: kill, restart, stop, or none."""
        if action == "kill":
            signal_container(self.container, KILL)
        elif action in ("restart", "stop"):
            self._leave_word(AGAIN if action == "restart" else STOP)
            config = self.container.config["config"]
            timeout = config["StopTimeout"]
            signal_container(self.container, signal_number(config["StopSignal"] or "TERM"))
            self.deadline = time.monotonic() + (TIMEOUT if timeout is None else timeout)

    def _leave_word(self, word: str) -> None:
        try:
            with Lock(f"{container_path(self.home, self.container.id)}/lock", patience=1.0):
                leave_word(self.home, self.container, word)
        except (PykerError, OSError):
            return  # somebody else is at it: removing it, most likely


class TimeLimit(Duty):
    """--timeout: the container may run so long and no longer."""

    def __init__(self, container: "Container", deadline: float) -> None:
        self.container = container
        self.deadline = deadline

    def due(self) -> float:
        """The last moment."""
        return self.deadline

    def act(self, ready: "Holder[int]", now: float) -> None:  # noqa: ARG002 - a Duty's words
        """End the container when its time is over."""
        if now >= self.deadline:
            self.deadline = NEVER
            signal_container(self.container, KILL)
