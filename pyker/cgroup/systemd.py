"""The group of a container in a scope that systemd delegates: SLICE/UNIT.scope/container.

The process that asks becomes part of the scope, in a group beside the container's, for a group with others
below it may hold no process itself; so a supervisor lives and is seen where its container is, and outlives
the session that started it. systemd takes the scope away when both are gone.
"""

import os

from pyker.base.errors import InvalidError
from pyker.cgroup import scope
from pyker.cgroup.hierarchy import MOUNT, Hierarchy, own_groups

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

OURS, CONTAINER = "supervisor", "container"


def scoped(
    hierarchy: Hierarchy, place: str, unit: str, warn: "Callable[[str], None]"
) -> "tuple[Hierarchy, str]":
    """Where group *place* (PARENT/ID) is made: the scope *unit* as base, and the place in it.

    When systemd gives none, one *warn* and both as they were. Raises InvalidError for a parent that is no
    slice.
    """
    if not (found := _present(unit)):
        try:
            found = _enter(unit, _slice(place.rpartition("/")[0]))
        except OSError as error:
            warn(f"systemd gives no scope ({error.strerror}): the control group is made without")
            return hierarchy, place
    return hierarchy.replace(base=hierarchy.unified + found), CONTAINER


def _slice(parent: str) -> str:
    if parent in ("", "pyker"):
        return "pyker.slice"
    if "/" in parent or not parent.endswith(".slice") or parent.startswith("."):
        raise InvalidError(
            f'cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice", not {parent}',
            code=125,
        )
    return parent


def _present(unit: str) -> str:
    """The scope of *unit* that this process is in already: it starts its container again."""
    path, _, last = _own().rpartition("/")
    name = path.rpartition("/")[2]
    return path if last == OURS and name.startswith(unit) and name.endswith(".scope") else ""


def _own() -> str:
    with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        return own_groups(file.read()).get("", "/")


def _enter(unit: str, place: str) -> str:
    """Start the scope with this process in it, in a group of its own there; the scope's path."""
    try:
        scope.start(f"{unit}.scope", 0, place)
    except OSError:  # one that is just ending may have the name still
        scope.start(f"{unit}-{os.urandom(3).hex()}.scope", 0, place)
    found = _own()
    directory = f"{MOUNT}{found}/{OURS}"
    os.mkdir(directory, 0o755)
    descriptor = os.open(f"{directory}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"0")
    finally:
        os.close(descriptor)
    return found
