"""The roots of containers, opened: what `cp` and `export` work in, by descriptor alone.

A running container's root is reached through /proc/PID/root, with everything mounted in it. That of one
that does not run is mounted, with its volumes, in a mount namespace of this process, which dies with it;
the container's lock keeps others from starting or removing it meanwhile. No path of the container is ever
looked up without its root, and no program or library of it is run: see openat2(2), RESOLVE_IN_ROOT.
"""

import os

from pyker.base.errors import ConflictError, NotFoundError
from pyker.base.locks import Lock
from pyker.engine.containers import load_container
from pyker.engine.image_lookup import directories_below
from pyker.kernel import mounts as m
from pyker.kernel.liveness import start_time
from pyker.kernel.namespaces import NEWNS, unshare
from pyker.kernel.paths import O_PATH
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Self

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps

# File systems that hold the kernel's own data; a walk does not go into them.
KERNEL_TYPES = frozenset(
    (
        *("proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "debugfs", "tracefs", "securityfs"),
        *("bpf", "pstore", "configfs", "efivarfs", "binfmt_misc", "fusectl", "devtmpfs", "hugetlbfs"),
    )
)
_ETC = ("hosts", "hostname", "resolv.conf")


class ContainerRoots:
    """The roots of *containers*, in a `with`: one descriptor for each, by id.

    With *bare*, what is mounted inside is left out: the root as it is on the disk. Entering makes this
    process uid 0 of the user's namespace. Raises ConflictError when a container starts or ends meanwhile.
    """

    def __init__(
        self,
        home: "Home",
        containers: "Sequence[Container]",
        warn: "Callable[[str], None]",
        *,
        bare: bool = False,
    ) -> None:
        self.roots: "dict[str, int]" = {}
        self.maps: "dict[str, Maps]" = {}  # of the containers that have users of their own
        self.kernel_devices: "frozenset[int]" = frozenset()
        self._home = home
        self._containers = {container.id: container for container in containers}
        self._warn = warn
        self._bare = bare
        self._locks: "list[Lock]" = []

    def __enter__(self) -> "Self":
        try:
            # The running ones first: from inside a user namespace those beside it cannot be reached.
            for container in self._containers.values():
                if container.has_process:
                    self.roots[container.id] = self._running(container)
            reenter(self._home, self._warn)
            for container in self._containers.values():
                if container.config["host"].get("UsernsMode"):
                    self._find_maps(container)
            stopped = [one for one in self._containers.values() if not one.has_process]
            if stopped and not self._home.rootless:
                unshare(NEWNS)
                m.mount("", "/", "", m.REC | m.SLAVE)
            for container in stopped:
                self.roots[container.id] = self._stopped(container)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for root in self.roots.values():
            os.close(root)
        self.roots.clear()
        for lock in self._locks:
            lock.__exit__(None, None, None)
        self._locks.clear()

    def _find_maps(self, container: "Container") -> None:
        from pyker.engine.userns import current_maps

        if maps := current_maps(self._home, container):
            self.maps[container.id] = maps

    def _running(self, container: "Container") -> int:
        started = (container.run or {}).get("started", 0)
        try:
            if self._bare:
                from pyker.engine.bare_root import clone_mount

                root = clone_mount(container.pid, rootless=self._home.rootless)
            else:
                root = os.open(f"/proc/{container.pid}/root", O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
                self.kernel_devices |= kernel_devices(container.pid)
        except (FileNotFoundError, ProcessLookupError):
            raise _ended(container) from None
        if start_time(container.pid) != started:
            os.close(root)
            raise _ended(container)
        return root

    def _stopped(self, container: "Container") -> int:
        lock = Lock(f"{container.path}/lock")
        try:
            lock.__enter__()
        except FileNotFoundError:
            raise NotFoundError(f"No such container: {container.name} (removed meanwhile)") from None
        self._locks.append(lock)
        current = load_container(self._home, container.id)
        if current is None:
            raise NotFoundError(f"No such container: {container.name} (removed meanwhile)")
        if current.has_process:
            raise ConflictError(f"container {container.name} was started meanwhile", hint="try again")
        return self._mount(current)

    def _mount(self, container: "Container") -> int:
        path = f"{container.path}/merged"
        if not os.path.ismount(path):
            mount_container(self._home, container, self.maps.get(container.id))
        root = m.open_tree(m.AT_FDCWD, path, 0)
        if not self._bare:
            self._mount_inside(container, root)
        if container.config["host"]["ReadonlyRootfs"]:
            m.set_attributes(root, add=m.ATTR_RDONLY)
        return root

    def _mount_inside(self, container: "Container", root: int) -> None:
        """Mount volumes and the generated files of /etc; a source that is gone is left out."""
        from pyker.mount.apply import apply_mounts
        from pyker.mount.volumes import volume_mounts

        files: "list[dict[str, Any]]" = [
            {"destination": f"/etc/{name}", "type": "bind", "source": path, "options": ["bind", "rprivate"]}
            for name in _ETC
            if os.path.exists(path := f"{container.path}/{name}")
        ]
        maps = self.maps.get(container.id)
        owner = maps.owner(0, 0) if maps else None
        volumes = volume_mounts(self._home, root, container.config["mounts"], self._warn, owner)
        trees = self._special(container)
        taken = {mount["destination"] for mount in volumes}
        asked = [mount for mount in files if mount["destination"] not in taken] + volumes
        present = [one for one in asked if one["destination"] in trees or os.path.exists(one["source"])]
        apply_mounts(root, present, rootless=self._home.rootless, sources=trees)

    def _special(self, container: "Container") -> "dict[str, int]":
        """The mounts of *container* that are no plain clones, as trees by destination."""
        from pyker.mount.volumes import is_special

        special = [document for document in container.config["mounts"] if is_special(document)]
        if not special:
            return {}
        from pyker.engine.mount_trees import Trees

        trees = Trees(self._home, container, self.maps.get(container.id), special, {})
        trees.make()
        return trees.found


def mount_container(home: "Home", container: "Container", maps: "Maps | None") -> None:
    """Mount the root of *container* at its merged/ directory, for the ids of *maps* when it has any."""
    from pyker.mount.overlay import choose_driver, mount_root

    driver = choose_driver(home, home.rootless)[0]
    lowers = directories_below(home, container.config)
    if container.config.get("rootfs"):
        from pyker.engine.rootfs import mount_rootfs

        mount_rootfs(home, container, driver, maps)
        return
    if maps is None:
        mount_root(home, container.id, driver, lowers)
        return
    from pyker.engine.mapped_root import mount_mapped

    mount_mapped(home, container.id, driver, lowers, maps, volatile=False)


def _ended(container: "Container") -> ConflictError:
    return ConflictError(f"container {container.name} ended meanwhile", hint="try again")


def kernel_devices(pid: int) -> "frozenset[int]":
    """The device numbers of the kernel's own file systems that *pid* sees. See proc_pid_mountinfo(5)."""
    found = set()
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            if after.partition(" ")[0] in KERNEL_TYPES:
                major, _, minor = before.split(" ")[2].partition(":")
                found.add(os.makedev(int(major), int(minor)))
    return frozenset(found)
