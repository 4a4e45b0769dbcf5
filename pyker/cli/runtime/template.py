"""spec: a config.json to start from; root file system read-only, few rights, a shell."""

import os

from pyker.base.errors import ConflictError, InvalidError
from pyker.base.jsonfile import pretty, write_bytes
from pyker.cgroup.hierarchy import detect
from pyker.cli.runtime.help import SPECIFICATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given

_CAPABILITIES = ("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")
_MOUNTS = (
    ("/proc", "proc", "proc", ()),
    ("/dev", "tmpfs", "tmpfs", ("nosuid", "strictatime", "mode=755", "size=65536k")),
    (
        "/dev/pts",
        "devpts",
        "devpts",
        ("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
    ),
    ("/dev/shm", "tmpfs", "shm", ("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")),  # noqa: S108 - inside
    ("/dev/mqueue", "mqueue", "mqueue", ("nosuid", "noexec", "nodev")),
    ("/sys", "sysfs", "sysfs", ("nosuid", "noexec", "nodev", "ro")),
    ("/sys/fs/cgroup", "cgroup", "cgroup", ("nosuid", "noexec", "nodev", "relatime", "ro")),
)
_MASKED = (
    *(f"/proc/{name}" for name in ("acpi", "asound", "kcore", "keys", "latency_stats", "timer_list")),
    *("/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"),
)
_READ_ONLY = tuple(f"/proc/{name}" for name in ("bus", "fs", "irq", "sys", "sysrq-trigger"))


def do_spec(_: "Place", given: "Given") -> int:
    """Write config.json into the bundle; ConflictError when there is one."""
    bundle = given.text("bundle") or "."
    if not os.path.isdir(bundle):
        raise InvalidError(f"chdir {bundle}: no such file or directory")
    path = os.path.join(bundle, "config.json")
    if os.path.lexists(path):
        raise ConflictError("File config.json exists. Remove it first")
    text = pretty(config(rootless=given.flag("rootless")), "\t")
    write_bytes(path, text.encode(), durable=False, mode=0o666)
    return 0


def config(*, rootless: bool = False) -> "dict[str, Any]":
    """The document; *rootless*: for the calling user alone."""
    sets = ("bounding", "effective", "permitted", "ambient")
    limit = {"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}
    search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "ociVersion": f"{SPECIFICATION}-dev",
        "process": {
            "terminal": True,
            "user": {"uid": 0, "gid": 0},
            "args": ["sh"],
            "env": [f"PATH={search}", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {kind: list(_CAPABILITIES) for kind in sets},
            "rlimits": [limit],
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "pyker",
        "mounts": _rootless_mounts() if rootless else [_mount(*row) for row in _MOUNTS],
        "linux": _linux(rootless=rootless),
    }


def _mount(destination: str, kind: str, source: str, options: "tuple[str, ...]") -> "dict[str, Any]":
    mount = {"destination": destination, "type": kind, "source": source}
    return {**mount, "options": list(options)} if options else mount


def _rootless_mounts() -> "list[dict[str, Any]]":
    """Without group 5 for terminals, and the host's /sys instead of a new one."""
    mounts = [_mount(*row) for row in _MOUNTS if row[0] != "/sys"]
    for mount in mounts:
        if mount["destination"] == "/dev/pts":
            mount["options"].remove("gid=5")
    system = ("rbind", "nosuid", "noexec", "nodev", "ro")
    mounts.insert(-1, _mount("/sys", "none", "/sys", system))
    return mounts


def _linux(*, rootless: bool) -> "dict[str, Any]":
    kinds = ["pid", "ipc", "uts", "mount"]
    kinds += ["user"] if rootless else ["network"]
    if detect().version == "v2":
        kinds.append("cgroup")
    linux: dict[str, Any] = {"namespaces": [{"type": kind} for kind in kinds]}
    if rootless:
        linux["uidMappings"] = [{"containerID": 0, "hostID": os.geteuid(), "size": 1}]
        linux["gidMappings"] = [{"containerID": 0, "hostID": os.getegid(), "size": 1}]
    else:
        linux["resources"] = {"devices": [{"allow": False, "access": "rwm"}]}
    return {**linux, "maskedPaths": list(_MASKED), "readonlyPaths": list(_READ_ONLY)}
