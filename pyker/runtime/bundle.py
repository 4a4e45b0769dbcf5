"""A bundle on disk becomes a complete config: what the runtime adds to it, and what it refuses.

The config's own rules are config.md of the OCI runtime-spec; where it is silent, runc's answers hold.
"""

import os

from pyker.base.errors import CorruptError, InvalidError, NotFoundError
from pyker.base.jsonfile import read
from pyker.mount.options import parse_options
from pyker.runtime.validate import validate
from pyker.runtime.validate_process import require_process
from pyker.security.devices import NODES, rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Spec = dict[str, Any]

_HOME = "pyker-runtime"  # the control group above those of configs that name none


def load_bundle(path: str, warn: "Callable[[str], None]") -> "Spec":
    """The config of the bundle at *path*, completed; InvalidError, NotFoundError in runc's words."""
    try:
        spec = read(f"{path}/config.json")
    except FileNotFoundError:
        raise NotFoundError("JSON specification file config.json not found") from None
    except CorruptError as error:
        raise InvalidError(f"config.json is not JSON: {error.message}") from error
    if not isinstance(spec, dict):
        raise InvalidError("config.json must hold one object")
    validate(spec)
    require_process(spec.get("process"), warn)
    _complete(spec, path)
    return spec


def _complete(spec: "Spec", path: str) -> None:
    root = spec.get("root") or {}
    if not root.get("path"):
        raise InvalidError("Root must be specified")
    root["path"] = os.path.join(path, root["path"])
    if not os.path.isdir(root["path"]):
        raise InvalidError(f"rootfs ({root['path']}) does not exist")
    for key, empty in (("mounts", []), ("linux", {})):
        spec[key] = spec.get(key) or empty
    for mount in spec["mounts"]:
        if _is_bind(mount):
            mount["source"] = os.path.join(path, mount.get("source") or "")
    linux = spec["linux"]
    for key, empty in (("namespaces", []), ("resources", {})):
        linux[key] = linux.get(key) or empty
    _add_devices(spec)
    if not any(item["type"] == "user" for item in linux["namespaces"]) and os.geteuid():
        raise InvalidError("rootless container requires user namespaces")


def _add_devices(spec: "Spec") -> None:
    """The nodes and rules that every container has; none where the config brings a /dev of the host."""
    linux = spec["linux"]
    asked = linux.get("devices") or []
    named = {device["path"] for device in asked}
    own_dev = any(one["destination"].rstrip("/") == "/dev" and _is_bind(one) for one in spec["mounts"])
    linux["devices"] = None if own_dev else [*(node for node in NODES if node["path"] not in named), *asked]
    deny_all, *allowed = rules()
    given = linux["resources"].get("devices") or [deny_all]
    linux["resources"]["devices"] = [*given, *allowed]


def _is_bind(mount: "Spec") -> bool:
    return mount.get("type") in ("bind", "rbind") or parse_options(list(mount.get("options") or ())).bind


def group_place(spec: "Spec", identity: str) -> "tuple[str, str]":
    """(parent, name) of the control group that *spec* asks for."""
    parent, _, name = str(spec["linux"].get("cgroupsPath") or "").rpartition("/")
    return (parent, name) if name else (_HOME, identity)


def scope_place(spec: "Spec", identity: str) -> "tuple[str, str]":
    """(slice, unit) of the scope that *spec* asks of systemd for; InvalidError for another kind of path."""
    default = f"{'user' if os.geteuid() else 'system'}.slice:pyker:{identity}"
    path = str(spec["linux"].get("cgroupsPath") or default)
    parts = path.split(":")
    if len(parts) != 3 or not parts[2]:
        raise InvalidError(
            'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, '
            f'got "{path}" instead'
        )
    above, prefix, name = parts
    return above or "system.slice", f"{prefix}-{name}" if prefix else name
