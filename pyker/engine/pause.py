"""Holding every process of a container still, and letting it go on.

run.json says "paused" before the freezer is asked, and no longer only after it let go: a command that is
killed in between leaves a container that says it is paused, and which `unpause` sets right.
"""

from pyker.base.errors import ConflictError, NotFoundError, UnsupportedError
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.cgroup.control import Group
from pyker.engine.containers import find_container, load_container, run_path
from pyker.engine.events import record_container
from pyker.model.container import PAUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def pause(home: "Home", text: str) -> None:
    """Freeze container *text*.

    Raises NotFoundError; ConflictError when it does not run or is paused; UnsupportedError without a freezer.
    """
    container = find_container(home, text)
    with Lock(f"{container.path}/lock"):
        container = _now(home, container)
        if container.status == PAUSED:
            raise ConflictError(f"Container {container.id} is already paused")
        if not container.may_move(PAUSED):
            raise ConflictError(f"Container {container.id} is not running")
        _note(home, container, paused=True)
        try:
            _freeze(container, frozen=True)
        except BaseException:
            _note(home, container, paused=False)
            raise
        record_container(home, container, "pause")


def unpause(home: "Home", text: str) -> None:
    """Let container *text* go on. Raises NotFoundError, ConflictError when it is not paused."""
    container = find_container(home, text)
    with Lock(f"{container.path}/lock"):
        container = _now(home, container)
        if container.status != PAUSED:
            raise ConflictError(f"Container {container.id} is not paused")
        _freeze(container, frozen=False)
        _note(home, container, paused=False)
        record_container(home, container, "unpause")


def thaw(home: "Home", container: "Container") -> None:
    """Let a paused *container* go on, that a signal sent to it can be taken; others are left as they are."""
    if container.status == PAUSED:
        try:
            unpause(home, container.id)
        except (ConflictError, NotFoundError, UnsupportedError):
            return  # another command was faster, or it died by the signal as it was


def _now(home: "Home", container: "Container") -> "Container":
    """*container* as it is now that it is locked: until it is let go, nobody undoes its run."""
    current = load_container(home, container.id)
    if current is None:
        raise NotFoundError(f"No such container: {container.id}")
    return current


def _freeze(container: "Container", *, frozen: bool) -> None:
    group = Group.from_paths((container.run or {}).get("cgroup") or {})
    try:
        group.freeze(frozen)
    except OSError as error:
        verb = "pause" if frozen else "unpause"
        raise UnsupportedError(
            f"cannot {verb} container {container.id}: {error.strerror}",
            hint="" if group.paths else "users can pause where systemd delegates control groups v2 to them",
        ) from error


def _note(home: "Home", container: "Container", *, paused: bool) -> None:
    document = {**(container.run or {}), "paused": paused}
    write(f"{run_path(home, container.id)}/run.json", document, durable=False)
