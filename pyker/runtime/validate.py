"""A config.json is checked as a whole before anything is made: the error names the field and what it takes.

What the runtime-spec does not know is ignored, as it demands; what it knows and pyker or this machine
cannot do is refused, because a container without it would be another one.
"""

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.kernel.namespaces import KINDS as NAMESPACES
from pyker.runtime.hooks import KINDS as HOOKS
from pyker.runtime.plan import check_sysctl
from pyker.runtime.scheduling import CLASSES, FLAGS, POLICIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    Spec = dict[str, Any]

_WORDS = {str: "text", int: "a number", bool: "true or false", dict: "an object", list: "a list"}
# field -> type; a list of one type is a list of such
_TYPES: "dict[str, Any]" = {
    "ociVersion": str,
    "process": dict,
    "root": dict,
    "linux": dict,
    "root.path": str,
    "root.readonly": bool,
    "hostname": str,
    "domainname": str,
    "annotations": dict,
    "mounts": [dict],
    "hooks": dict,
    "process.args": [str],
    "process.env": [str],
    "process.cwd": str,
    "process.terminal": bool,
    "process.noNewPrivileges": bool,
    "process.apparmorProfile": str,
    "process.oomScoreAdj": int,
    "process.user": dict,
    "process.user.uid": int,
    "process.user.gid": int,
    "process.user.umask": int,
    "process.user.additionalGids": [int],
    "process.capabilities": dict,
    "process.rlimits": [dict],
    "process.scheduler": dict,
    "process.ioPriority": dict,
    "linux.namespaces": [dict],
    "linux.uidMappings": [dict],
    "linux.gidMappings": [dict],
    "linux.timeOffsets": dict,
    "linux.devices": [dict],
    "linux.cgroupsPath": str,
    "linux.resources": dict,
    "linux.rootfsPropagation": str,
    "linux.seccomp": dict,
    "linux.sysctl": dict,
    "linux.maskedPaths": [str],
    "linux.readonlyPaths": [str],
    "linux.personality": dict,
}
_RLIMITS = frozenset(
    f"RLIMIT_{name}"
    for name in (
        *("AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK", "MSGQUEUE", "NICE", "NOFILE", "NPROC"),
        *("RSS", "RTPRIO", "RTTIME", "SIGPENDING", "STACK"),
    )
)
_PROPAGATION = tuple(f"{r}{kind}" for kind in ("shared", "slave", "private", "unbindable") for r in ("", "r"))
_REFUSED = ("linux.intelRdt", "linux.memoryPolicy", "process.execCPUAffinity", "linux.netDevices")
_LABELS = ("process.selinuxLabel", "linux.mountLabel")


def validate(spec: "Spec") -> None:
    """Raise InvalidError for a config that makes no sense, UnsupportedError for what cannot be done here."""
    for field, kind in _TYPES.items():
        _check_type(field, _get(spec, field), kind)
    for field in (*_REFUSED, *_LABELS):
        if _get(spec, field):
            raise UnsupportedError(f"config.json: {field} is not supported")
    kinds = _check_namespaces(spec)
    _check_names(spec, kinds)
    _check_process(spec)
    _check_mounts(spec)
    _check_hooks(spec)
    _check_linux(spec, kinds)


def _get(spec: "Spec", field: str) -> "Any":
    value: Any = spec
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _check_type(field: str, value: "Any", kind: "Any") -> None:
    if value is None:
        return
    if isinstance(kind, list):
        _check_type(field, value, list)
        for place, one in enumerate(value):
            _check_type(f"{field}[{place}]", one, kind[0])
        return
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidError(f"config.json: {field} must be {_WORDS[kind]}")


def _one_of(field: str, value: object, allowed: "Collection[str]") -> None:
    if value not in allowed:
        raise InvalidError(f"config.json: {field}: {value!r} is not one of {', '.join(sorted(allowed))}")


def _whole(field: str, holder: "Spec", *names: str) -> None:
    """Each of *names* in *holder* must be a number that is not negative."""
    for name in names:
        value = holder.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InvalidError(f"config.json: {field}.{name} must be a number, 0 or more")


def _absolute(field: str, value: object) -> None:
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise InvalidError(f"config.json: {field} must be an absolute path, not {value!r}")


def _check_namespaces(spec: "Spec") -> "dict[str, str]":
    """Kind -> the path to join, "" for a new one."""
    kinds: dict[str, str] = {}
    for place, item in enumerate(_get(spec, "linux.namespaces") or ()):
        field = f"linux.namespaces[{place}]"
        kind = item.get("type")
        _one_of(f"{field}.type", kind, NAMESPACES)
        if kind in kinds:
            raise InvalidError(f"config.json: {field}: there is a {kind} namespace already")
        if item.get("path"):
            _absolute(f"{field}.path", item["path"])
        kinds[kind] = item.get("path") or ""
    if kinds.get("mount") != "":
        raise UnsupportedError("config.json: linux.namespaces must have a new mount namespace")
    return kinds


def _check_names(spec: "Spec", kinds: "dict[str, str]") -> None:
    for field in ("hostname", "domainname"):
        if spec.get(field) and "uts" not in kinds:
            raise InvalidError(f"config.json: {field}: unable to set it without a private UTS namespace")
    if (_get(spec, "linux.uidMappings") or _get(spec, "linux.gidMappings")) and "user" not in kinds:
        raise InvalidError("config.json: linux.uidMappings and gidMappings need a user namespace")
    for field in ("linux.uidMappings", "linux.gidMappings"):
        for place, row in enumerate(_get(spec, field) or ()):
            _whole(f"{field}[{place}]", row, "containerID", "hostID", "size")
    if offsets := _get(spec, "linux.timeOffsets"):
        if kinds.get("time") != "":
            raise InvalidError("config.json: linux.timeOffsets need a new time namespace")
        for clock in offsets:
            _one_of("linux.timeOffsets", clock, ("monotonic", "boottime"))


def _check_process(spec: "Spec") -> None:
    process = spec.get("process") or {}
    _whole("process.user", {"uid": 0, "gid": 0, **(process.get("user") or {})}, "uid", "gid")
    seen = set()
    for place, limit in enumerate(process.get("rlimits") or ()):
        field, kind = f"process.rlimits[{place}]", limit.get("type")
        _one_of(f"{field}.type", kind, _RLIMITS)
        if kind in seen:
            raise InvalidError(f"config.json: {field}: there is a {kind} already")
        seen.add(kind)
        _whole(field, limit, "soft", "hard")
    if scheduler := process.get("scheduler"):
        _one_of("process.scheduler.policy", scheduler.get("policy"), POLICIES)
        for flag in scheduler.get("flags") or ():
            _one_of("process.scheduler.flags", flag, FLAGS)
    if priority := process.get("ioPriority"):
        _one_of("process.ioPriority.class", priority.get("class"), CLASSES)
        _whole("process.ioPriority", {"priority": 0, **priority}, "priority")
        if priority.get("priority", 0) > 7:
            raise InvalidError("config.json: process.ioPriority.priority must be 0 to 7")


def _check_mounts(spec: "Spec") -> None:
    for place, mount in enumerate(spec.get("mounts") or ()):
        field = f"mounts[{place}]"
        destination = mount.get("destination")
        if not isinstance(destination, str) or not destination or "\0" in destination:
            raise InvalidError(f"config.json: {field}.destination must be a path")
        for name, kind in (("type", str), ("source", str), ("options", [str])):
            _check_type(f"{field}.{name}", mount.get(name), kind)


def _check_hooks(spec: "Spec") -> None:
    hooks = spec.get("hooks") or {}
    for kind in HOOKS:
        _check_type(f"hooks.{kind}", hooks.get(kind), [dict])
        for place, hook in enumerate(hooks.get(kind) or ()):
            field = f"hooks.{kind}[{place}]"
            _absolute(f"{field}.path", hook.get("path"))
            _check_type(f"{field}.args", hook.get("args"), [str])
            _check_type(f"{field}.env", hook.get("env"), [str])
            timeout = hook.get("timeout")
            _check_type(f"{field}.timeout", timeout, int)
            if timeout is not None and timeout <= 0:
                raise InvalidError(f"config.json: {field}.timeout must be more than 0")


def _check_linux(spec: "Spec", kinds: "dict[str, str]") -> None:
    linux = spec.get("linux") or {}
    if propagation := linux.get("rootfsPropagation"):
        _one_of("linux.rootfsPropagation", propagation, _PROPAGATION)
    if personality := linux.get("personality"):
        _one_of("linux.personality.domain", personality.get("domain"), ("LINUX", "LINUX32"))
    for name, value in (linux.get("sysctl") or {}).items():
        _check_type(f"linux.sysctl.{name}", value, str)
        check_sysctl(name.replace("/", "."), dict.fromkeys(kinds, ""))
    for place, device in enumerate(linux.get("devices") or ()):
        field = f"linux.devices[{place}]"
        _absolute(f"{field}.path", device.get("path"))
        _one_of(f"{field}.type", device.get("type"), ("c", "b", "u", "p"))
        if device["type"] != "p":
            _whole(field, device, "major", "minor")
    for name in ("maskedPaths", "readonlyPaths"):
        for place, path in enumerate(linux.get(name) or ()):
            _absolute(f"linux.{name}[{place}]", path)
