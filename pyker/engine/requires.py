"""Containers that must run before another can: `--requires`."""

from pyker.engine.apart import apart
from pyker.engine.containers import all_containers, find_container
from pyker.engine.start import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyker.base.home import Home
    from pyker.model.container import Container


def start_required(home: "Home", words: "Iterable[str]", warn: "Callable[[str], None]") -> None:
    """Start each container of *words* that does not run, what it requires first.

    To be called before this process re-enters. Raises NotFoundError, and what `start` raises.
    """
    for word in words:
        required = find_container(home, word)
        if not required.is_active:
            _start(home, required, warn)


def _start(home: "Home", container: "Container", warn: "Callable[[str], None]") -> None:
    apart(home, lambda: start(home, container.id, warn=warn), reentered=False)


def dependents(home: "Home", container: "Container") -> "list[Container]":
    """The containers that require *container*."""
    return [one for one in all_containers(home) if container.id in one.config.get("requires", ())]
