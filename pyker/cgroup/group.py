"""Making a control group with its limits: as many as can be had, one warning for the others.

v1 groups are made only where something needs them: memory, pids and cpuacct (limits now or later, and
figures), devices (confinement), freezer (pause, and a kill that cannot be outrun); cpu, cpuset and blkio
when a limit in them is asked for. v2 groups get memory, pids and cpu, and cpuset and io when asked for.
For an engine above us, which reads them itself, there are figures of cpu and of block devices as well.
"""

import errno
import os

from pyker.base.errors import ConflictError, InvalidError, UnsupportedError
from pyker.cgroup import devices, limits
from pyker.cgroup.control import UNIFIED, Group
from pyker.cgroup.hierarchy import Hierarchy, detect
from pyker.kernel import bpf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Group", "create", "find"]

ALWAYS_V1 = ("memory", "pids", "devices", "freezer", "cpuacct")
ALWAYS_V2 = ("memory", "pids", "cpu")
FIGURES = (("cpu", "blkio"), ("io",))  # of v1, of v2
_TRIES = 100  # the parent can go away under us: see Group.remove

# The kernel cannot or may not: warn and go on. Anything else it says is about the value asked for.
_CANNOT = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENODEV, errno.EOPNOTSUPP)


def create(  # noqa: PLR0913 - name, limits and place of a group are that many things
    name: str,
    resources: "dict[str, Any]",
    warn: "Callable[[str], None]",
    parent: str = "",
    hierarchy: "Hierarchy | None" = None,
    *,
    unit: str = "",
    figures: bool = False,
) -> Group:
    """Make group *name* (below *parent*, when given) with the limits of OCI *resources*.

    What this machine or user cannot have is told by one call of *warn*; the group then lacks it. Raises
    InvalidError for a limit the kernel finds wrong; nothing is left then. With *unit* this process and the
    group get the scope of that name where systemd manages the v2 tree: see `pyker.cgroup.systemd`.
    *figures*: the group counts all that engines show of a container, whatever its limits.
    """
    hierarchy = hierarchy or detect()
    place = _place(name, parent)
    if not hierarchy.usable:
        warn(_without(hierarchy, resources))
        return Group()
    make = _create_v2 if hierarchy.version == "v2" else _create_v1
    more = FIGURES[hierarchy.version == "v2"] if figures else ()
    if unit and hierarchy.manager == "systemd":
        from pyker.cgroup.systemd import scoped

        hierarchy, place = scoped(hierarchy, place, unit, warn)
    made: dict[str, str] = {}
    lost: list[str] = []
    try:
        make(hierarchy, place, resources, made, lost, more)
    except BaseException:
        Group(made).remove()
        raise
    if lost:
        warn(f"this machine's control groups lack {_listed(lost)}: the container runs without")
    return Group(made)


def find(name: str, parent: str = "", hierarchy: "Hierarchy | None" = None) -> Group:
    """What there is of group *name* (below *parent*) in any tree: what an interrupted `create` made."""
    hierarchy = hierarchy or detect()
    place = _place(name, parent)
    roots = {UNIFIED: hierarchy.base} if hierarchy.version == "v2" else hierarchy.roots
    paths = {controller: f"{root}/{place}" for controller, root in roots.items() if root}
    return Group({controller: path for controller, path in paths.items() if os.path.isdir(path)})


def _place(name: str, parent: str) -> str:
    """The group's path below the root of a tree."""
    path = f"{parent.strip('/')}/{name}".strip("/")
    if any(part in ("", ".", "..") for part in path.split("/")) or "\0" in path:
        raise InvalidError(f"invalid cgroup parent: {parent}")
    return path


def _without(hierarchy: Hierarchy, resources: "dict[str, Any]") -> str:
    asked = [setting.words for setting in limits.v2({**resources, "devices": ()})]
    why = "are not delegated to this user" if hierarchy.version == "v2" else "of this machine belong to root"
    what = f"without limits on {_listed(asked)}" if asked else "without them"
    return f"control groups {why}: the container runs {what}"


def _listed(words: "list[str]") -> str:
    return ", ".join(dict.fromkeys(words))


def _create_v1(
    hierarchy: Hierarchy,
    place: str,
    resources: "dict[str, Any]",
    made: "dict[str, str]",
    lost: "list[str]",
    more: "tuple[str, ...]",
) -> None:
    settings = limits.v1(resources)
    lost.extend(limits.missing_in_v1(resources))
    for controller in dict.fromkeys((*ALWAYS_V1, *more, *(setting.controller for setting in settings))):
        root = hierarchy.roots.get(controller)
        if root is None or not made_v1(root, place, controller, made):
            lost.extend(row.words for row in settings if row.controller == controller)
    if (runtime := (resources.get("cpu") or {}).get("realtimeRuntime")) and "cpu" in made:
        grant_realtime(hierarchy.roots["cpu"], place, runtime)
    for setting in settings:
        if setting.controller in made:
            apply(made[setting.controller], setting, lost)


def made_v1(root: str, place: str, controller: str, made: "dict[str, str]") -> bool:
    """Make the directory of *controller* (once, where some share a tree); False when it cannot."""
    path = f"{root}/{place}"
    if path not in made.values():
        try:
            _make(root, place)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            return False
    made[controller] = path
    if controller == "cpuset":
        _inherit_cpuset(root, place)
    return True


def grant_realtime(root: str, place: str, runtime: int) -> None:
    """Let the groups above hand on *runtime*: each starts with none and must cover all below it."""
    if not os.path.exists(f"{root}/cpu.rt_runtime_us"):
        return
    level = root
    for part in place.split("/")[:-1]:
        level = f"{level}/{part}"
        with os.scandir(level) as entries:
            below = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        taken = sum(max(0, int(_text(f"{path}/cpu.rt_runtime_us"))) for path in below)
        if 0 <= int(_text(f"{level}/cpu.rt_runtime_us")) < taken + runtime:
            _write_lines(f"{level}/cpu.rt_runtime_us", (str(taken + runtime),))


def _make(root: str, place: str) -> None:
    """mkdir, and its parents when they are missing; a group of that name left by a crash is replaced."""
    path = f"{root}/{place}"
    for _ in range(_TRIES):
        try:
            os.mkdir(path, 0o755)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        except FileExistsError:
            _replace(path)
        else:
            return
    raise ConflictError(f"control group {path} is made and removed by somebody else all the time")


def _replace(path: str) -> None:
    try:
        os.rmdir(path)
    except OSError as error:
        raise ConflictError(f"control group {path} exists: {error.strerror}") from error


def _inherit_cpuset(root: str, place: str) -> None:
    """Fill the empty cpus and mems of every new level: v1 lets nobody into a group without them."""
    above, path = root, root
    for part in place.split("/"):
        above, path = path, f"{path}/{part}"
        for file in ("cpuset.cpus", "cpuset.mems"):
            if not _text(f"{path}/{file}"):
                _write_lines(f"{path}/{file}", (_text(f"{above}/{file}"),))


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def apply(directory: str, setting: limits.Setting, lost: "list[str]") -> None:
    """Write one setting; what cannot be had goes to *lost*, what is wrong is an InvalidError."""
    if setting.other and not os.path.exists(f"{directory}/{setting.file}"):
        setting = setting.other
    try:
        _write_lines(f"{directory}/{setting.file}", setting.lines)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise InvalidError(
                f"the kernel refuses {setting.words} {' '.join(setting.lines)}: {error.strerror}",
                hint=f"see {setting.file} in {os.path.dirname(directory)} for what it takes",
            ) from error
        lost.append(f"{setting.words} ({setting.file})")


def _write_lines(path: str, lines: "tuple[str, ...]") -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for line in lines:  # these files take one statement a write
            os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _create_v2(
    hierarchy: Hierarchy,
    place: str,
    resources: "dict[str, Any]",
    made: "dict[str, str]",
    lost: "list[str]",
    more: "tuple[str, ...]",
) -> None:
    settings = limits.v2(resources)
    lost.extend(limits.missing_in_v2(resources))
    wanted = dict.fromkeys((*ALWAYS_V2, *more, *(setting.controller for setting in settings)))
    given = _made_v2(hierarchy.base, place, [name for name in wanted if name != "cgroup"])
    made[UNIFIED] = f"{hierarchy.base}/{place}"
    for setting in settings:
        if setting.controller in (*given, "cgroup"):
            apply(made[UNIFIED], setting, lost)
        else:
            lost.append(setting.words)
    if resources.get("devices"):
        judge_devices(made[UNIFIED], resources["devices"], lost)


def _made_v2(base: str, place: str, wanted: "list[str]") -> "set[str]":
    """Make the group, and hand it the *wanted* controllers; those it got."""
    path = f"{base}/{place}"
    above = os.path.dirname(path)
    for _ in range(_TRIES):
        try:
            os.makedirs(above, 0o755, exist_ok=True)
            given = delegate(base, above, wanted)
            os.mkdir(path, 0o755)
        except FileNotFoundError:
            continue  # the last container of this home took the parent with it
        except FileExistsError:
            _replace(path)
        else:
            return given
    raise ConflictError(f"control group {path} is made and removed by somebody else all the time")


def delegate(base: str, group: str, wanted: "list[str]") -> "set[str]":
    """Hand the *wanted* controllers down from *base* to the children of *group*; those that got there."""
    given = set(_text(f"{group}/cgroup.subtree_control").split())
    if given.issuperset(wanted):
        return given
    level = base
    for part in ("", *group[len(base) :].strip("/").split("/")):
        level = f"{level}/{part}".rstrip("/")
        for controller in set(wanted) - set(_text(f"{level}/cgroup.subtree_control").split()):
            try:
                _write_lines(f"{level}/cgroup.subtree_control", (f"+{controller}",))
            except OSError:
                continue  # not here, or not ours to hand on: the level below will show that it lacks it
    return set(_text(f"{group}/cgroup.subtree_control").split())


def judge_devices(group: str, rules: "list[dict[str, Any]]", lost: "list[str]") -> None:
    """Attach the device program. For users there is none: they cannot make device nodes either."""
    try:
        descriptor = bpf.load_device_program(devices.program(rules))
    except PermissionError:
        if os.geteuid() == 0 and not _in_user_namespace():
            lost.append("device access (eBPF)")
        return
    except OSError as error:
        raise UnsupportedError(f"the kernel refuses the device program: {error.strerror}") from error
    try:
        bpf.attach_device_program(group, descriptor)
    finally:
        os.close(descriptor)


def _in_user_namespace() -> bool:
    """Whether this process is in a user namespace below the first: its ids are then not mapped one to one."""
    return _text("/proc/self/uid_map").split() != ["0", "0", "4294967295"]
