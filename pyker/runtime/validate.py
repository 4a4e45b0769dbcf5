"""A config.json is checked as a whole before anything is made: the error names the field and what it takes.

What the runtime-spec does not know is ignored, as it demands; what it knows and pyker or this machine
cannot do is refused, because a container without it would be another one.
"""

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.kernel.namespaces import KINDS as NAMESPACES
from pyker.runtime.fields import absolute, check_type, check_types, get, one_of, whole
from pyker.runtime.hooks import KINDS as HOOKS
from pyker.runtime.plan import check_sysctl
from pyker.runtime.validate_process import validate_process
from pyker.runtime.validate_resources import validate_resources
from pyker.runtime.validate_seccomp import validate_seccomp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Spec = dict[str, Any]

_TYPES: "dict[str, Any]" = {
    "ociVersion": str,
    "process": dict,
    "root": dict,
    "linux": dict,
    "root.path": str,
    "root.readonly": bool,
    "hostname": str,
    "domainname": str,
    "annotations": {str},
    "mounts": [dict],
    "hooks": dict,
    "linux.namespaces": [dict],
    "linux.uidMappings": [dict],
    "linux.gidMappings": [dict],
    "linux.timeOffsets": {dict},
    "linux.devices": [dict],
    "linux.cgroupsPath": str,
    "linux.resources": dict,
    "linux.rootfsPropagation": str,
    "linux.seccomp": dict,
    "linux.sysctl": {str},
    "linux.maskedPaths": [str],
    "linux.readonlyPaths": [str],
    "linux.personality": dict,
}
_PROPAGATION = tuple(f"{r}{kind}" for kind in ("shared", "slave", "private", "unbindable") for r in ("", "r"))
_LONGEST = 1_000_000  # seconds that a hook may be given
_OF_FILE = ("fileMode", "uid", "gid")
_REFUSED = ("linux.intelRdt", "linux.memoryPolicy", "linux.netDevices")


def validate(spec: "Spec") -> None:
    """Raise InvalidError for a config that makes no sense, UnsupportedError for what cannot be done here."""
    _check_fields(spec)
    kinds = _check_namespaces(spec)
    _check_names(spec, kinds)
    validate_process(spec.get("process") or {})
    _check_mounts(spec)
    _check_hooks(spec)
    _check_linux(spec, kinds)
    validate_resources(get(spec, "linux.resources") or {})


def _check_fields(spec: "Spec") -> None:
    check_types(spec, _TYPES)
    for field in _REFUSED:
        if get(spec, field):
            raise UnsupportedError(f"config.json: {field} is not supported")
    if get(spec, "linux.mountLabel"):
        raise UnsupportedError("config.json: linux.mountLabel: SELinux is disabled or not supported")


def _check_namespaces(spec: "Spec") -> "dict[str, str]":
    """Kind -> the path to join, "" for a new one."""
    kinds: dict[str, str] = {}
    for place, item in enumerate(get(spec, "linux.namespaces") or ()):
        field = f"linux.namespaces[{place}]"
        kind = item.get("type")
        one_of(f"{field}.type", kind, NAMESPACES)
        if kind in kinds:
            raise InvalidError(f"config.json: {field}: there is a {kind} namespace already")
        if item.get("path"):
            absolute(f"{field}.path", item["path"])
        kinds[kind] = item.get("path") or ""
    if kinds.get("mount") != "":
        raise UnsupportedError("config.json: linux.namespaces must have a new mount namespace")
    return kinds


def _check_names(spec: "Spec", kinds: "dict[str, str]") -> None:
    for field in ("hostname", "domainname"):
        if spec.get(field) and "uts" not in kinds:
            raise InvalidError(f"config.json: {field}: unable to set it without a private UTS namespace")
    if (get(spec, "linux.uidMappings") or get(spec, "linux.gidMappings")) and "user" not in kinds:
        raise InvalidError("config.json: linux.uidMappings and gidMappings need a user namespace")
    for field in ("linux.uidMappings", "linux.gidMappings"):
        _check_mappings(field, get(spec, field))
    if offsets := get(spec, "linux.timeOffsets"):
        if kinds.get("time") != "":
            raise InvalidError("config.json: linux.timeOffsets need a new time namespace")
        for clock, offset in offsets.items():
            one_of("linux.timeOffsets", clock, ("monotonic", "boottime"))
            check_types(offset, {"secs": int, "nanosecs": int}, f"linux.timeOffsets.{clock}.")


def _check_mappings(field: str, rows: "Any") -> None:
    check_type(field, rows, [dict])
    for place, row in enumerate(rows or ()):
        whole(f"{field}[{place}]", row, "containerID", "hostID", "size")


def _check_mounts(spec: "Spec") -> None:
    for place, mount in enumerate(spec.get("mounts") or ()):
        field = f"mounts[{place}]"
        destination = mount.get("destination")
        if not isinstance(destination, str) or not destination or "\0" in destination:
            raise InvalidError(f"config.json: {field}.destination must be a path")
        for name, kind in (("type", str), ("source", str), ("options", [str])):
            check_type(f"{field}.{name}", mount.get(name), kind)
        for name in ("uidMappings", "gidMappings"):
            _check_mappings(f"{field}.{name}", mount.get(name))


def _check_hooks(spec: "Spec") -> None:
    hooks = spec.get("hooks") or {}
    for kind in HOOKS:
        check_type(f"hooks.{kind}", hooks.get(kind), [dict])
        for place, hook in enumerate(hooks.get(kind) or ()):
            field = f"hooks.{kind}[{place}]"
            absolute(f"{field}.path", hook.get("path"))
            check_type(f"{field}.args", hook.get("args"), [str])
            check_type(f"{field}.env", hook.get("env"), [str])
            timeout = hook.get("timeout")
            check_type(f"{field}.timeout", timeout, int)
            if timeout is not None and not 0 < timeout <= _LONGEST:
                raise InvalidError(
                    f"config.json: {field}.timeout must be more than 0, and {_LONGEST} at most"
                )


def _check_linux(spec: "Spec", kinds: "dict[str, str]") -> None:
    linux = spec.get("linux") or {}
    if propagation := linux.get("rootfsPropagation"):
        one_of("linux.rootfsPropagation", propagation, _PROPAGATION)
    if personality := linux.get("personality"):
        one_of("linux.personality.domain", personality.get("domain"), ("LINUX", "LINUX32"))
    for name in linux.get("sysctl") or {}:
        check_sysctl(name.replace("/", "."), dict.fromkeys(kinds, ""))
    for place, device in enumerate(linux.get("devices") or ()):
        _check_device(f"linux.devices[{place}]", device)
    validate_seccomp(linux.get("seccomp") or {})
    for name in ("maskedPaths", "readonlyPaths"):
        for place, path in enumerate(linux.get(name) or ()):
            absolute(f"linux.{name}[{place}]", path)


def _check_device(field: str, device: "Spec") -> None:
    absolute(f"{field}.path", device.get("path"))
    one_of(f"{field}.type", device.get("type"), ("c", "b", "u", "p"))
    if device["type"] != "p":
        whole(field, device, "major", "minor")
    whole(field, device, *(name for name in _OF_FILE if name in device))
