"""A bundle becomes a container: created (its program waits for `start`) or run at once.

Each thing is recorded as intended before it is made, so that after a kill at any instant
`delete --force` finds all of it; a command that fails undoes it itself.
"""

import os

from pyker.base.boot import boot_id
from pyker.base.clock import now
from pyker.base.errors import ConflictError, InvalidError
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.cgroup import group as groups
from pyker.kernel.process import become_subreaper
from pyker.kernel.tree import remove_tree
from pyker.runtime.bundle import group_place, load_bundle, scope_place
from pyker.runtime.hold import close_hold, make_hold
from pyker.runtime.idmaps import mapped_trees
from pyker.runtime.launch import Acts, end_child, launch
from pyker.runtime.message import LaunchError
from pyker.runtime.operate import hooks_of, run_poststart
from pyker.runtime.pid_file import write_pid
from pyker.runtime.process import Manner, Stdio
from pyker.runtime.state import STOPPED, State, is_valid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.runtime.notify import Agent
    from pyker.runtime.process import Launched

STREAMS = Stdio(0, 1, 2)


class Order(Value):
    """What is to become a container, and how."""

    id: str
    bundle: str
    pivot: bool = True
    keyring: bool = True
    descriptors: "tuple[int, ...]" = ()
    pid_file: str = ""
    detached: bool = True
    console: "Callable[[int], None] | None" = None  # takes the terminal's master to who asked for it
    subreaper: bool = True
    systemd: bool = False  # the control group is asked of systemd


def create(
    root: str, order: Order, warn: "Callable[[str], None]", *, held: bool = True
) -> "tuple[State, Launched]":
    """Make the container of *order* below *root*; its program waits for `start`, or, not *held*, runs.

    Raises PykerError; nothing is left then.
    """
    if not is_valid(order.id):
        raise InvalidError("invalid container ID format")
    spec = load_bundle(order.bundle, warn)
    _check_terminal(spec, order)
    if order.subreaper:
        become_subreaper()
    place = _claim(root, order.id)
    try:
        with Lock(f"{place}/lock"):
            write(f"{place}/config.json", spec, durable=False)
            return _make(State(place, order.id, _intent(spec, order)), spec, order, warn, held=held)
    except BaseException:
        remove_tree(place)
        raise


def _check_terminal(spec: "dict[str, Any]", order: Order) -> None:
    terminal = bool(spec["process"].get("terminal"))
    if terminal and order.detached and order.console is None:
        raise InvalidError("cannot allocate tty if runc will detach without setting console socket")
    if order.console is not None and not (terminal and order.detached):
        raise InvalidError("cannot use console socket if runc will not detach or allocate tty")


def _claim(root: str, identity: str) -> str:
    """The container's directory, made by us and by nobody else."""
    os.makedirs(root, 0o700, exist_ok=True)
    try:
        os.mkdir(f"{root}/{identity}", 0o700)
    except FileExistsError:
        raise ConflictError("container with given ID already exists") from None
    return f"{root}/{identity}"


def _intent(spec: "dict[str, Any]", order: Order) -> "dict[str, Any]":
    return {
        "version": 1,
        "boot": boot_id(),
        "bundle": order.bundle,
        "rootfs": spec["root"]["path"],
        "oci": spec.get("ociVersion", ""),
        "annotations": spec.get("annotations") or {},
        "owner": os.geteuid(),
        "created": now(),
        "group": (scope_place if order.systemd else group_place)(spec, order.id),
    }


def _make(
    state: State, spec: "dict[str, Any]", order: Order, warn: "Callable[[str], None]", *, held: bool
) -> "tuple[State, Launched]":
    state.write()
    hold = make_hold(state.place) if held else None
    parent, name = state.document["group"]
    hooks = hooks_of(state, spec)
    unit = name if order.systemd else ""
    group = groups.create(name, spec["linux"]["resources"], warn, parent, unit=unit, figures=True)
    try:
        state.write(cgroup=group.paths)

        def began(pid: int, started: int) -> None:
            state.write(pid=pid, started=started)

        manner = Manner(True, order.pivot, order.keyring, order.descriptors, hold, hooks, _agent(spec, order))
        acts = Acts(group.enter, began, lambda _: None)
        cache = f"{os.path.dirname(state.place)}/~cache"
        trees = mapped_trees(spec)
        launched = launch(spec, STREAMS, cache=cache, acts=acts, manner=manner, trees=trees)
        for tree in trees.values():
            os.close(tree)
        if not held:
            run_poststart(state)
        _tell(order, launched)
    except BaseException as error:
        starved = isinstance(error, LaunchError) and group.oom_kills()
        group.remove()
        if hooks:
            hooks.run_all("poststop", STOPPED, 0, warn)
        if starved:
            raise LaunchError("container init was OOM-killed (memory limit too low?)") from error
        raise
    finally:
        close_hold(hold)
    return state, launched


def _agent(spec: "dict[str, Any]", order: Order) -> "Agent | None":
    """Who answers for the calls that the seccomp filter holds up, where it names somebody."""
    if not (spec["linux"].get("seccomp") or {}).get("listenerPath"):
        return None
    from pyker.runtime.notify import Agent

    return Agent(spec, order.id, order.bundle)


def _tell(order: Order, launched: "Launched") -> None:
    """Hand out the terminal and the pid; without them the container is of no use to who asked for it."""
    try:
        if order.console is not None:
            order.console(launched.master)
            os.close(launched.master)
        if order.pid_file:
            write_pid(order.pid_file, launched.pid)
    except BaseException:
        end_child(launched.pid)
        raise
