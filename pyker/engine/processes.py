"""The processes of a running container, as this machine numbers them."""

import os

from pyker.cgroup.control import Group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.container import Container


def pids_of(container: "Container") -> "list[int]":
    """The processes of *container*: those of its control group, or of its namespace where it has no group."""
    group = Group.from_paths((container.run or {}).get("cgroup") or {})
    if group.paths:
        return sorted(group.pids())
    space = _namespace(container.pid)
    found = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    if space and space != _namespace(os.getpid()):
        return sorted(pid for pid in found if _namespace(pid) == space)
    return _descendants(container.pid, found)


def _namespace(pid: int) -> str:
    """The pid namespace of *pid*; empty when it is gone or none of our business."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def _descendants(first: int, pids: "list[int]") -> "list[int]":
    """*first* and those among *pids* that come from it: what is left where the host's pids are shared."""
    children: "dict[int, list[int]]" = {}
    for pid in pids:
        children.setdefault(_parent(pid), []).append(pid)
    found = [first]
    for pid in found:
        found.extend(children.get(pid, ()))
    return sorted(found)


def _parent(pid: int) -> int:
    fields = stat_fields(pid)
    return int(fields[1]) if fields else -1


def stat_fields(pid: int) -> "list[bytes]":
    """What /proc/PID/stat says from the state on (see proc(5)); empty when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
