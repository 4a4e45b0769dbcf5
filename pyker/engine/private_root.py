"""The root of a container that is about to start: mounted where only its supervisor sees it, and undone."""

import errno
import os

from pyker.engine.facts import gather_facts, shared_memory
from pyker.engine.image_lookup import directories_below
from pyker.kernel.mounts import DETACH, MOVE, REC, SLAVE, mount, umount
from pyker.kernel.namespaces import NEWNS, unshare
from pyker.mount.overlay import choose_driver, mount_root
from pyker.mount.volumes import is_special

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps
    from pyker.runtime.plan import Facts


class Undo:
    """What to do, last first, when a launch fails."""

    def __init__(self) -> None:
        self._acts: "list[Callable[[], object]]" = []

    def later(self, act: "Callable[[], object]") -> None:
        """Remember *act*."""
        self._acts.append(act)

    def run(self) -> bool:
        """Do all of it, whatever fails of it; whether nothing did."""
        whole = True
        while self._acts:
            act = self._acts.pop()
            try:
                act()
            except OSError:
                whole = False
        return whole


def mount_all(
    home: "Home", container: "Container", maps: "Maps | None", warn: "Callable[[str], None]", undo: Undo
) -> "tuple[Facts, dict[str, int]]":
    """Mount the root and gather what depends on it; the mounts that are no plain clones, by destination."""
    special = [document for document in container.config["mounts"] if is_special(document)]
    found: "dict[str, int]" = {}
    undo.later(lambda: let_go(found))
    if special:
        from pyker.engine.mount_trees import Trees

        trees = Trees(home, container, maps, special, found)
        trees.open_on_host()
    facts = gather_facts(home, container, mount_private(home, container, maps), warn, maps)
    if special:
        trees.make()  # after volumes were filled
    if facts.namespaces.get("ipc"):
        _share_memory(facts, found, rootless=home.rootless)
    return facts, found


def _share_memory(facts: "Facts", found: "dict[str, int]", *, rootless: bool) -> None:
    """Clone the shared memory of the container whose IPC namespace is joined, unless it is mounted over."""
    from pyker.engine.bare_root import clone_mount

    source = shared_memory(facts.namespaces)
    for mount_point in [one["destination"] for one in facts.mounts if one["source"] == source]:
        found[mount_point] = clone_mount(int(source.split("/")[2]), mount_point, rootless=rootless)


def let_go(trees: "dict[str, int]") -> None:
    """Close the descriptors of *trees*: the container has its own."""
    while trees:
        os.close(trees.popitem()[1])


def mount_private(home: "Home", container: "Container", maps: "Maps | None" = None) -> str:
    """Mount the root of *container* in a mount namespace of our own, where it dies with us; its path.

    With *maps* its files are those of the container's ids. It is moved out of the container's directory,
    which then can be removed while we live.
    """
    unshare(NEWNS)
    mount("", "/", "", REC | SLAVE)
    driver = choose_driver(home, home.rootless)[0]
    lowers = directories_below(home, container.config)
    brief = container.config["host"]["AutoRemove"]  # nobody wants it after a crash: spare the syncs
    if os.path.ismount(f"{container.path}/merged"):
        pass  # `container mount` was first: an overlay must not be put together twice
    elif container.config.get("rootfs"):
        from pyker.engine.rootfs import mount_rootfs

        mount_rootfs(home, container, driver, maps, volatile=brief)
    elif maps is None:
        mount_root(home, container.id, driver, lowers, volatile=brief)
    else:
        from pyker.engine.mapped_root import mount_mapped

        mount_mapped(home, container.id, driver, lowers, maps, volatile=brief)
    root = home.below("root")
    os.makedirs(root, 0o700, exist_ok=True)
    mount(f"{container.path}/merged", root, "", MOVE)
    return root


def leave_root(home: "Home") -> None:
    """Unmount the root of the last run from our own mount namespace, where it outlived its container."""
    try:
        umount(home.below("root"), DETACH)
    except OSError as error:
        if error.errno != errno.EINVAL:  # not mounted any more
            raise
