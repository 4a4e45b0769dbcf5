"""The acts on a bundle's container that exists: start, kill, delete, pause, resume, update."""

import os
import select

from pyker.base.errors import ConflictError, NotFoundError, PykerError
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.kernel.process import send_signal
from pyker.kernel.tree import remove_tree
from pyker.runtime.hold import NAMES, let_begin
from pyker.runtime.state import CREATED, PAUSED, RUNNING, STOPPED, State, find, is_valid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.cgroup.control import Group
    from pyker.runtime.hooks import Hooks

_KILL = 9
_PATIENCE = 10.0  # seconds for a killed process to be gone


def start(state: State) -> None:
    """Let a created container's program begin; ConflictError otherwise, CommandError when it cannot be."""
    with Lock(f"{state.place}/lock"):
        _require_created(state.status)
        let_begin(state.place, state.config()["process"]["args"][0])
        run_poststart(state)
        for name in NAMES:
            os.unlink(f"{state.place}/{name}")


def _require_created(status: str) -> None:
    if status == STOPPED:
        raise ConflictError("cannot start a container that has stopped")
    if status == RUNNING:
        raise ConflictError("cannot start an already running container")
    if status != CREATED:
        raise ConflictError(f"cannot start a container in the {status} state")


def kill(state: State, number: int, *, everyone: bool = False) -> None:
    """Send signal *number* to the first process, or to *everyone*; ConflictError when none is there."""
    if everyone:
        state.group.kill(number)
        return
    pid = state.pid
    if not (pid and send_signal(pid, int(state.document["started"]), number)):
        raise ConflictError("container not running")
    if number == _KILL and state.status == PAUSED:
        state.group.freeze(False)  # v1: what is frozen does not even die


def hooks_of(state: State, config: "dict[str, Any] | None" = None) -> "Hooks | None":
    """The hooks of the container, where its *config* (the recorded one, if not given) names any."""
    try:
        config = config or state.config()
    except FileNotFoundError:
        return None
    if not config.get("hooks"):
        return None
    from pyker.runtime.hooks import Hooks

    return Hooks(config, state.id, state.document["bundle"])


def run_poststart(state: State) -> None:
    """Run the hooks for a program that began; as in runc, it is ended where one of them fails."""
    if hooks := hooks_of(state):
        pid, started = int(state.document["pid"]), int(state.document["started"])
        try:
            hooks.run("poststart", RUNNING, pid)
        except PykerError:
            _end(pid, started, state.group)
            raise


def delete(
    root: str, identity: str, *, force: bool = False, warn: "Callable[[str], None]" = lambda _: None
) -> None:
    """Remove a stopped or created container; with *force* any, also what a crash left, or none at all.

    Hooks that fail then are warned of.
    """
    place = f"{root}/{identity}"
    try:
        state = find(root, identity)
    except NotFoundError:
        if not force:
            raise
        if is_valid(identity):
            remove_tree(place)
        return
    with Lock(f"{place}/lock"):
        state = find(root, identity)
        status = state.status
        if status not in (STOPPED, CREATED) and not force:
            raise ConflictError(f"cannot delete container {identity} that is not stopped: {status}")
        destroy(state, warn)


def destroy(state: State, warn: "Callable[[str], None]") -> None:
    """End whatever is left of the container and forget it; then it is history, and its hooks are told."""
    hooks = hooks_of(state)
    if pid := state.pid:
        _end(pid, int(state.document["started"]), state.group)
    _group_to_remove(state).remove()
    remove_tree(state.place)
    if hooks:
        hooks.run_all("poststop", STOPPED, 0, warn)


def _end(pid: int, started: int, group: "Group") -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        send_signal(pid, started, _KILL)
        if group.frozen():
            group.freeze(False)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(_PATIENCE * 1000):
            raise ConflictError("container init still running")
    finally:
        os.close(descriptor)


def _group_to_remove(state: State) -> "Group":
    """The recorded group; of one that was only intended, what there is."""
    if "cgroup" in state.document:
        return state.group
    from pyker.cgroup.group import find as find_group

    parent, name = state.document["group"]
    return find_group(name, parent)


def pause(state: State) -> None:
    """Freeze a running or created container; ConflictError for any other."""
    if state.status not in (RUNNING, CREATED):
        raise ConflictError("container not running")
    state.group.freeze(True)


def resume(state: State) -> None:
    """Let a paused container go on; ConflictError for any other."""
    if state.status != PAUSED:
        raise ConflictError("container not paused")
    state.group.freeze(False)


def update(state: State, resources: "dict[str, Any]", warn: "Callable[[str], None]") -> None:
    """Give a container the limits in OCI *resources*; what they leave out stays."""
    with Lock(f"{state.place}/lock"):
        if state.status == STOPPED:
            raise ConflictError("container not running")
        changed = state.group.update(resources, warn)
        state.write(cgroup=changed.paths)
        config = state.config()
        kept = config["linux"]["resources"]
        for section, values in resources.items():
            both = isinstance(values, dict) and isinstance(kept.get(section), dict)
            kept[section] = {**kept[section], **values} if both else values
        write(f"{state.place}/config.json", config, durable=False)
