"""Where control groups can be made: v1, v2, or v1 beside an empty v2 tree (hybrid), for this process."""

import os

from pyker.base.value import Value
from pyker.cgroup.scope import address, outside_uid

MOUNT = "/sys/fs/cgroup"


class Hierarchy(Value):
    """The trees this process can make groups in.

    v1 and hybrid: `roots` maps each controller to the directory its tree is mounted at. v2: `unified` is
    where the one tree is mounted, and `base` the directory in it below which groups can be made.
    """

    version: str  # v1, hybrid or v2
    roots: "dict[str, str]" = {}  # noqa: RUF012 - a Value is frozen
    unified: str = ""
    base: str = ""
    manager: str = "cgroupfs"  # or systemd: scopes can be asked for

    @property
    def usable(self) -> bool:
        """Whether this process can make groups at all."""
        if self.version == "v2":
            return bool(self.base)
        return any(os.access(root, os.W_OK) for root in self.roots.values())


def detect() -> Hierarchy:
    """What this machine has, seen from the calling process. See cgroups(7)."""
    with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        groups = own_groups(file.read())
    if os.path.exists(f"{MOUNT}/cgroup.controllers"):
        base = _base(MOUNT, groups.get("", "/"))
        manager = "systemd" if base and os.path.exists(address()) else "cgroupfs"
        return Hierarchy("v2", unified=MOUNT, base=base, manager=manager)
    roots = _roots(groups)
    unified = f"{MOUNT}/unified"
    if os.path.exists(f"{unified}/cgroup.controllers"):
        return Hierarchy("hybrid", roots, unified)
    return Hierarchy("v1", roots)


def own_groups(text: str) -> "dict[str, str]":
    """/proc/PID/cgroup as {"cpu,cpuacct": path, …, "": path in the v2 tree}; named hierarchies left out."""
    rows = (line.split(":", 2) for line in text.splitlines())
    return {row[1]: row[2] for row in rows if len(row) == 3 and not row[1].startswith("name=")}


def _roots(groups: "dict[str, str]") -> "dict[str, str]":
    """Controller -> mount point, for the v1 trees that are mounted where everybody mounts them."""
    roots = {}
    for controllers in groups:
        for path in (f"{MOUNT}/{controllers}", f"{MOUNT}/{controllers.partition(',')[0]}"):
            if controllers and os.path.exists(f"{path}/tasks"):
                roots.update(dict.fromkeys(controllers.split(","), path))
                break
    return roots


def _base(mount: str, own: str) -> str:
    """The highest group this process may make groups in: the root, or what was delegated to its user.

    A process may only move between groups below a common ancestor it can write to (cgroups(7),
    "Delegation containment"), so the search goes up from its own group without a gap.
    """
    if _writable(mount):
        return mount
    path = own if _writable(mount + own) else _service(mount)
    while path and _writable(mount + (above := os.path.dirname(path))):
        path = above
    return (mount + path).rstrip("/") if path else ""


def _service(mount: str) -> str:
    """The group of the user's own systemd, when it runs: `scope` gets processes into it from elsewhere."""
    uid = outside_uid()
    path = f"/user.slice/user-{uid}.slice/user@{uid}.service"
    return path if os.path.exists(f"/run/user/{uid}/systemd/private") and _writable(mount + path) else ""


def _writable(group: str) -> bool:
    """Whether groups can be made in *group* and processes moved through it."""
    return os.access(group, os.W_OK) and os.access(f"{group}/cgroup.procs", os.W_OK)
