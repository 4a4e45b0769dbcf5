"""Removing containers."""

from pyker.base.errors import ConflictError
from pyker.base.locks import Lock
from pyker.engine.apart import apart
from pyker.engine.cleanup import forget_run
from pyker.engine.containers import find_container, load_container
from pyker.engine.discard import discard, sweep_removing
from pyker.engine.stop import KILL, end
from pyker.model.container import PAUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def remove(home: "Home", text: str, *, force: bool = False, volumes: bool = False) -> None:
    """Remove container *text*; a running one only when *force*, which kills it first.

    With *volumes* its anonymous volumes go too. Raises NotFoundError, or ConflictError when it runs.
    """
    container = find_container(home, text)
    if container.is_active:
        if not force:
            raise _refusal(container)
        end(home, container, KILL, 30.0)
    apart(home, lambda: _take_off_the_disk(home, container, volumes=volumes))


def _take_off_the_disk(home: "Home", container: "Container", *, volumes: bool) -> None:
    try:
        with Lock(f"{container.path}/lock"):
            _remove_stopped(home, container, volumes=volumes)
    except FileNotFoundError:
        pass  # --rm, or another command, was first: it is gone, as asked
    sweep_removing(home)


def _remove_stopped(home: "Home", container: "Container", *, volumes: bool) -> None:
    current = load_container(home, container.id)
    if current is None:
        return
    if current.is_active:
        raise _refusal(current)
    forget_run(home, current)
    discard(home, current, volumes=volumes)


def _refusal(container: "Container") -> ConflictError:
    state = container.status
    advice = "Unpause and then stop" if state == PAUSED else "Stop"
    return ConflictError(
        f"You cannot remove a {state} container {container.id}. "
        f"{advice} the container before attempting removal or force remove",
        hint=f"pyker rm -f {container.name}",
    )
