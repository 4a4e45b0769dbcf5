"""`diff`: what a container changed of its image."""

import os

from pyker.base.errors import CorruptError
from pyker.base.jsonfile import read
from pyker.base.value import Value
from pyker.engine.containers import find_container
from pyker.engine.image_lookup import directories_below
from pyker.layers.diff import Change, tree_changes, upper_changes
from pyker.mount.driver import VFS, choose_driver
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.container import Container


class Found(Value):
    """What a container changed, and the directory that holds it."""

    directory: str
    changes: "list[Change]"


def diff(home: "Home", text: str, warn: "Callable[[str], None]") -> "list[Change]":
    """The paths that container *text* added, changed or deleted, by path; NotFoundError when there is none.

    What pyker itself put there, to mount something on, is not among them.
    """
    container = find_container(home, text)
    reenter(home, warn)
    return changes_of(home, container).changes


def changes_of(home: "Home", container: "Container") -> Found:
    """The same of *container*, for a process that is uid 0 of the user's namespace already."""
    lowers = _lowers(home, container)
    ignored = mount_points(container)
    if choose_driver(home, home.rootless)[0] == VFS:
        merged = f"{container.path}/merged"
        return Found(merged, tree_changes(merged, lowers, ignored) if os.listdir(merged) else [])
    upper = f"{container.path}/upper"
    return Found(upper, upper_changes(upper, lowers, ignored))


def _lowers(home: "Home", container: "Container") -> "list[str]":
    """The layers that the root of *container* is put together of: copies when its ids could not be mapped."""
    lowers = directories_below(home, container.config)
    if not container.config["host"].get("UsernsMode"):
        return lowers
    from pyker.engine.mapped_root import MARK, shifted
    from pyker.engine.userns import current_maps

    maps = current_maps(home, container)
    return shifted(lowers, maps) if maps and os.path.exists(f"{container.path}/{MARK}") else lowers


def mount_points(container: "Container") -> "set[str]":
    """Where something was mounted at the last start of *container*, as the OCI config of that start says."""
    try:
        spec = read(f"{container.path}/spec.json")
        return {str(mount["destination"]).rstrip("/") for mount in spec["mounts"]}
    except (FileNotFoundError, CorruptError, KeyError, TypeError):
        return set()
