"""Other limits for a group that lives, with whoever is inside.

The kernel judges each file by what the others say at that moment: a memory limit above the limit of memory
and swap is refused until the latter was raised, lowering both wants the other order, and so it is with quota
and period. So every file is written in order, and what was refused once more after the others.
"""

import os

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.cgroup import limits
from pyker.cgroup.control import UNIFIED, Group
from pyker.cgroup.group import apply, delegate, grant_realtime, judge_devices, made_v1
from pyker.cgroup.hierarchy import detect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ROUNDS = 20  # of moving who was forked meanwhile


def update(group: Group, resources: "dict[str, Any]", warn: "Callable[[str], None]") -> Group:
    """Write *resources*; the group with the directories it has afterwards.

    Raises UnsupportedError when there is no group, InvalidError for what the kernel finds wrong.
    """
    if not group.paths:
        raise UnsupportedError("this container has no control group whose limits could be changed")
    lost: list[str] = []
    act = _update_v2 if UNIFIED in group.paths else _update_v1
    changed = act(group, resources, lost)
    if lost:
        warn(f"this machine's control groups lack {', '.join(dict.fromkeys(lost))}: left as it was")
    return changed


def _update_v1(group: Group, resources: "dict[str, Any]", lost: "list[str]") -> Group:
    """New directories get their limits before anybody is in them, so that a refusal leaves none behind."""
    settings = limits.v1(resources)
    lost.extend(limits.missing_in_v1(resources))
    made = dict(group.paths)
    try:
        _widen(made, settings, lost)
        if (runtime := (resources.get("cpu") or {}).get("realtimeRuntime")) and "cpu" in made:
            roots = detect().roots
            grant_realtime(roots["cpu"], _place(group.paths, roots), runtime)
        _apply_twice([(made[row.controller], row) for row in settings if row.controller in made], lost)
    except BaseException:
        Group({name: path for name, path in made.items() if path not in group.paths.values()}).remove()
        raise
    for controller in made.keys() - group.paths.keys():
        _move_all(group, made[controller])
    return Group(made)


def _widen(made: "dict[str, str]", settings: "list[limits.Setting]", lost: "list[str]") -> None:
    """Make a directory for every controller of *settings* that the group *made* has none in yet."""
    roots = detect().roots
    place = _place(made, roots)
    for controller in dict.fromkeys(row.controller for row in settings):
        if controller in made:
            continue
        if controller not in roots or not made_v1(roots[controller], place, controller, made):
            lost.extend(row.words for row in settings if row.controller == controller)


def _place(paths: "dict[str, str]", roots: "dict[str, str]") -> str:
    """The group's path below the root of a tree."""
    controller = next(name for name in paths if name in roots)
    return paths[controller].removeprefix(roots[controller]).strip("/")


def _move_all(group: Group, path: str) -> None:
    """Move every process of *group* into the new directory at *path*, until none is forked outside."""
    new = Group({"": path})
    for _ in range(_ROUNDS):
        outside = set(group.pids()) - set(new.pids())
        if not outside:
            return
        for pid in outside:
            _move(pid, path)


def _move(pid: int, path: str) -> None:
    descriptor = os.open(f"{path}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"%d" % pid)
    except ProcessLookupError:
        pass  # it has ended
    finally:
        os.close(descriptor)


def _update_v2(group: Group, resources: "dict[str, Any]", lost: "list[str]") -> Group:
    path = group.paths[UNIFIED]
    settings = limits.v2(_completed(path, resources))
    lost.extend(limits.missing_in_v2(resources))
    hierarchy = detect()
    wanted = list(dict.fromkeys(row.controller for row in settings if row.controller != "cgroup"))
    base = hierarchy.base if f"{path}/".startswith(f"{hierarchy.base}/") else os.path.dirname(path)
    given = delegate(base, os.path.dirname(path), wanted)
    lost.extend(row.words for row in settings if row.controller not in (*given, "cgroup"))
    _apply_twice([(path, row) for row in settings if row.controller in (*given, "cgroup")], lost)
    if resources.get("devices"):
        judge_devices(path, resources["devices"], lost)
    return group


def _completed(path: str, resources: "dict[str, Any]") -> "dict[str, Any]":
    """*resources* with the half that was not said of what v2 keeps in one file, or counts apart."""
    cpu, memory = dict(resources.get("cpu") or {}), dict(resources.get("memory") or {})
    if cpu.get("quota") or cpu.get("period"):
        quota, _, period = _text(f"{path}/cpu.max").partition(" ")
        cpu["quota"] = cpu.get("quota") or (int(quota) if quota.isdecimal() else -1)
        cpu["period"] = cpu.get("period") or int(period or 100000)
    if memory.get("swap", 0) > 0 and not memory.get("limit"):
        limit = _text(f"{path}/memory.max")
        memory["limit"] = int(limit) if limit.isdecimal() else 0
    return {**resources, "cpu": cpu, "memory": memory}


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def _apply_twice(rows: "list[tuple[str, limits.Setting]]", lost: "list[str]") -> None:
    refused = []
    for directory, setting in rows:
        try:
            apply(directory, setting, lost)
        except InvalidError:
            refused.append((directory, setting))
    for directory, setting in refused:
        apply(directory, setting, lost)
