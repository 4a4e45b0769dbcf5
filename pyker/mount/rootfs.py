"""The mounts every container has, as OCI mounts in the order they must be made: Docker's, nothing added."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    OciMount = dict[str, Any]

SHM_SIZE = 64 << 20
_TIGHT = ["nosuid", "noexec", "nodev"]


def default_mounts(
    *,
    shm_size: int = SHM_SIZE,
    privileged: bool = False,
    rootless: bool = False,
    host_namespaces: "frozenset[str]" = frozenset(),
    shm_source: str = "",
) -> "list[OciMount]":
    """The kernel's file systems for a container.

    *host_namespaces* names those it shares with the host: "pid", "network", "ipc", "cgroup".
    *shm_source* is a directory of shared memory to use, another container's for example.
    """
    return [
        _process_files(bound=rootless and "pid" in host_namespaces),
        _fresh("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        _terminals(),
        _system_files(privileged=privileged, bound=rootless and "network" in host_namespaces),
        _groups(privileged=privileged, bound="cgroup" in host_namespaces),
        *(_host_memory(rootless) if "ipc" in host_namespaces else _own_memory(shm_size, shm_source)),
    ]


def tmpfs_mount(target: str, options: "tuple[str, ...]" = ()) -> "OciMount":
    """`--tmpfs`: *options* over Docker's noexec, nosuid and nodev; sizes as the kernel reads them."""
    opposite = {"exec": "noexec", "suid": "nosuid", "dev": "nodev"}
    words = [word for word in _TIGHT if word not in {opposite.get(option) for option in options}]
    words += [option for option in options if option not in words]
    return _fresh(target, "tmpfs", words)


def filesystem_mount(fstype: str, target: str, options: "tuple[str, ...]") -> "OciMount":
    """`--mount type=ramfs` and type=devpts: *options* over the usual ones."""
    if fstype == "devpts":
        names = {word.partition("=")[0] for word in options}
        usual = [word for word in _terminals()["options"] if word.partition("=")[0] not in names]
        return _fresh(target, fstype, [*usual, *options])
    return {**tmpfs_mount(target, options), "type": fstype, "source": fstype}


def _fresh(destination: str, fstype: str, options: "list[str]") -> "OciMount":
    return {"destination": destination, "type": fstype, "source": fstype, "options": options}


def _bound(path: str, options: "list[str]") -> "OciMount":
    return {"destination": path, "type": "bind", "source": path, "options": ["rbind", "rprivate", *options]}


def _process_files(*, bound: bool) -> "OciMount":
    """A user may mount a new /proc only for a pid namespace of their own: see user_namespaces(7)."""
    return _bound("/proc", list(_TIGHT)) if bound else _fresh("/proc", "proc", list(_TIGHT))


def _terminals() -> "OciMount":
    options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
    return _fresh("/dev/pts", "devpts", options)


def _system_files(*, privileged: bool, bound: bool) -> "OciMount":
    """/sys shows the devices of a network namespace, so a user may mount it only for one of their own."""
    if bound:
        return _bound("/sys", [*_TIGHT, "rro"])
    return _fresh("/sys", "sysfs", [*_TIGHT, "rw" if privileged else "ro"])


def _groups(*, privileged: bool, bound: bool) -> "OciMount":
    access = "rw" if privileged else "ro"
    if bound:
        return _bound("/sys/fs/cgroup", [*_TIGHT, access, f"r{access}"])
    return _fresh("/sys/fs/cgroup", "cgroup", [*_TIGHT, "relatime", access])


_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount of the container, not a place for our files


def _host_memory(rootless: bool) -> "list[OciMount]":  # noqa: FBT001 - handed through
    """The host's queues belong to its IPC namespace; it need not have them mounted: see mq_overview(7)."""
    queues = _fresh("/dev/mqueue", "mqueue", list(_TIGHT))
    if rootless:  # a user may mount queues for an IPC namespace of their own alone
        queues = _bound("/dev/mqueue", list(_TIGHT))
    memory = _bound(_SHARED_MEMORY, list(_TIGHT))
    return [queues, memory] if not rootless or os.path.isdir("/dev/mqueue") else [memory]


def _own_memory(size: int, source: str) -> "list[OciMount]":
    queues = _fresh("/dev/mqueue", "mqueue", list(_TIGHT))
    if source:
        return [queues, {**_bound(_SHARED_MEMORY, list(_TIGHT)), "source": source}]
    memory = _fresh(_SHARED_MEMORY, "tmpfs", [*_TIGHT, "mode=1777", f"size={size}"])
    return [queues, {**memory, "source": "shm"}]
