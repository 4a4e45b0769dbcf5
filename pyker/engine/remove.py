"""Removing containers."""

import os

from pyker.base.errors import ConflictError
from pyker.base.locks import Lock
from pyker.engine.apart import apart
from pyker.engine.cleanup import forget_run
from pyker.engine.containers import find_container, load_container
from pyker.engine.discard import discard, sweep_removing
from pyker.engine.stop import KILL, LAST_PATIENCE, end, stop
from pyker.kernel.mounts import umount
from pyker.model.container import PAUSED, REMOVING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

TRIES = 20  # runs of one container that `rm -f` ends before it gives up


def remove(
    home: "Home", text: str, *, force: bool = False, volumes: bool = False, timeout: "float | None" = None
) -> None:
    """Remove container *text*; a running one only when *force*, which kills it first.

    With *timeout* it is asked to stop before, and has that many seconds. With *volumes* its anonymous
    volumes go too. Raises NotFoundError, or ConflictError when it runs.
    """
    container = find_container(home, text)
    if not force:
        _refuse_required(home, container)
    for _ in range(TRIES):
        if not container.may_move(REMOVING):
            if not force:
                raise _refusal(container)
            _end(home, container, timeout)
        _take_away(home, container, force=force, volumes=volumes)
        if not force or (current := load_container(home, container.id)) is None:
            return
        container = current  # somebody was faster and has started it: that run ends as well
    raise ConflictError(f"container {container.name} is started again and again", hint="what starts it?")


def _refuse_required(home: "Home", container: "Container") -> None:
    """ConflictError when another container requires *container*."""
    if not os.path.exists(f"{container.path}/required"):
        return
    from pyker.engine.requires import dependents

    if names := [one.name for one in dependents(home, container)]:
        raise ConflictError(
            f"container {container.name} has dependent containers which must be removed before it: "
            f"{', '.join(names)}",
            hint=f"pyker rm {' '.join(names)}",
        )


def _end(home: "Home", container: "Container", timeout: "float | None") -> None:
    if timeout is None:
        end(home, container, KILL, LAST_PATIENCE)
    else:
        stop(home, container.id, timeout=timeout)


def _take_away(home: "Home", container: "Container", *, force: bool, volumes: bool) -> None:
    apart(home, lambda: _take_off_the_disk(home, container, force=force, volumes=volumes))


def _take_off_the_disk(home: "Home", container: "Container", *, force: bool, volumes: bool) -> None:
    try:
        with Lock(f"{container.path}/lock"):
            _remove_stopped(home, container, force=force, volumes=volumes)
    except FileNotFoundError:
        pass  # --rm, or another command, was first: it is gone, as asked
    sweep_removing(home)


def _remove_stopped(home: "Home", container: "Container", *, force: bool, volumes: bool) -> None:
    current = load_container(home, container.id)
    if current is None:
        return
    if not current.may_move(REMOVING):
        if force:
            return  # it was started meanwhile: the caller sees
        raise _refusal(current)
    forget_run(home, current)
    if os.path.ismount(f"{current.path}/merged"):
        if not force:
            raise ConflictError(
                f"container {current.name} is mounted and cannot be removed without using force",
                hint=f"pyker unmount {current.name}",
            )
        umount(f"{current.path}/merged")
    discard(home, current, volumes=volumes)


def _refusal(container: "Container") -> ConflictError:
    state = container.status
    advice = "Unpause and then stop" if state == PAUSED else "Stop"
    return ConflictError(
        f"You cannot remove a {state} container {container.id}. "
        f"{advice} the container before attempting removal or force remove",
        hint=f"pyker rm -f {container.name}",
    )
