"""Devices by name, VENDOR/CLASS=NAME, as the files of the Container Device Interface describe them.

What they say is put into the OCI config of a container: see SPEC.md of container-device-interface.

The files are read as if they were hostile: plain files of a modest size, every field checked; one that
cannot be read spoils its own devices only.
"""

import os
import stat

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.jsonfile import loads
from pyker.security.devices import device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Document = dict[str, Any]

PLACES = ("/etc/cdi", "/run/cdi")  # the later counts; /var/run is /run
ENDINGS = (".json", ".yaml", ".yml")
MAX_BYTES = 4 << 20
GPU = "nvidia.com/gpu"
_HOOKS = ("prestart", "createRuntime", "createContainer", "startContainer")  # poststart, poststop are refused


class Devices:
    """What the files in *places* offer."""

    def __init__(self, places: "Sequence[str]") -> None:
        self._edits: "dict[str, list[Document]]" = {}
        self.faults: "list[str]" = []
        for place in places:
            for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
                if name.endswith(ENDINGS):
                    self._read(f"{place}/{name}")

    def _read(self, path: str) -> None:
        try:
            self._edits.update(_offers(_content(path)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.faults.append(f"{path}: {error}")

    def edits(self, names: "Iterable[str]") -> "list[Document]":
        """The edits that *names* ask for; NotFoundError, in Podman's words, for unknown ones."""
        wanted = list(dict.fromkeys(names))
        missing = [name for name in wanted if name not in self._edits]
        if missing:
            hint = f"looked in {' and '.join(PLACES)}"
            if self.faults:
                hint = f"cannot be read: {'; '.join(self.faults)}"
            elif any(name.startswith(f"{GPU}=") for name in missing):
                hint = "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml describes NVIDIA's"
            text = f"setting up CDI devices: unresolvable CDI devices {', '.join(missing)}"
            raise NotFoundError(text, hint=hint, code=125)
        return [edit for name in wanted for edit in self._edits[name]]


def _content(path: str) -> "Document":
    """The document in file *path*."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise ValueError(f"no plain file of at most {MAX_BYTES} bytes")
        data = file.read(MAX_BYTES)
    if path.endswith(".json"):
        document = loads(data)
    else:
        import yaml

        try:
            document = yaml.safe_load(data)
        except yaml.YAMLError as error:
            raise ValueError(str(error).splitlines()[0]) from None
    if not isinstance(document, dict):
        raise TypeError("no document")
    return document


def _offers(document: "Document") -> "dict[str, list[Document]]":
    """Full name of each device of *document* -> its edits, the file's own first."""
    kind = document["kind"]
    if not _is_kind(kind):
        raise ValueError(f"bad kind {kind!r}")
    common = document.get("containerEdits") or {}
    found = {}
    for item in document["devices"]:
        if not _is_word(item["name"]):
            raise ValueError(f"bad device name {item['name']!r}")
        found[f"{kind}={item['name']}"] = [
            _checked(one) for one in (common, item.get("containerEdits") or {})
        ]
    return found


def _is_kind(kind: str) -> bool:
    vendor, slash, sort = kind.partition("/")
    return bool(slash) and _is_word(vendor) and _is_word(sort)


def _is_word(text: str) -> bool:
    return text.isascii() and text[:1].isalnum() and text[-1].isalnum() and not set(text) - _SIGNS


_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:")


def _checked(edits: "Document") -> "Document":
    """*edits*, its fields of the kinds they must have; KeyError, TypeError or ValueError otherwise."""
    for node in edits.get("deviceNodes") or ():
        _absolute(node["path"])
        _absolute(node.get("hostPath") or node["path"])
        if set(node.get("permissions") or "rwm") - set("rwm"):
            raise ValueError(f"bad permissions {node['permissions']!r}")
    for mount in edits.get("mounts") or ():
        _absolute(mount["hostPath"])
        _absolute(mount["containerPath"])
        "".join(mount.get("options") or ())
    for variable in edits.get("env") or ():
        if variable.partition("=")[0] in ("", variable) or "\0" in variable:
            raise ValueError(f"bad variable {variable!r}")
    for hook in edits.get("hooks") or ():
        _absolute(hook["path"])
        if hook["hookName"] not in _HOOKS:
            raise ValueError(f"hook {hook['hookName']!r} is not run (only {', '.join(_HOOKS)})")
    return edits


def _absolute(path: str) -> None:
    if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise ValueError(f"bad path {path!r}")


def check_devices(names: "Iterable[str]") -> None:
    """NotFoundError unless every one of *names* is offered."""
    Devices(PLACES).edits(names)


def inject(names: "Iterable[str]", spec: "Document") -> None:
    """Put the devices *names* into OCI *spec*.

    Raises NotFoundError for one that is not offered, InvalidError for a node that is not on this machine.
    """
    for edits in Devices(PLACES).edits(names):
        for node in edits.get("deviceNodes") or ():
            _add_node(spec, node)
        for mount in edits.get("mounts") or ():
            spec["mounts"].append(_mount(mount))
        _set_variables(spec["process"], edits.get("env") or ())
        for hook in edits.get("hooks") or ():
            kept = {key: hook[key] for key in ("path", "args", "env", "timeout") if hook.get(key)}
            spec.setdefault("hooks", {}).setdefault(hook["hookName"], []).append(kept)


def _add_node(spec: "Document", node: "Document") -> None:
    source = node.get("hostPath") or node["path"]
    nodes, rules = device(f"{source}:{node['path']}:{node.get('permissions') or 'rwm'}")
    if len(nodes) != 1:
        raise InvalidError(f"CDI device node {source} is no device", code=125)
    own = {key: node[key] for key in ("fileMode", "uid", "gid") if isinstance(node.get(key), int)}
    place = spec["linux"]["devices"]
    place[:] = [one for one in place if one["path"] != node["path"]] + [{**nodes[0], **own, "source": source}]
    spec["linux"]["resources"]["devices"].extend(rules)


def _mount(mount: "Document") -> "Document":
    options = list(mount.get("options") or ())
    if not {"bind", "rbind"} & set(options):
        options.insert(0, "rbind")
    return {
        "destination": mount["containerPath"],
        "type": "bind",
        "source": mount["hostPath"],
        "options": options,
    }


def _set_variables(process: "Document", variables: "Iterable[str]") -> None:
    names = {variable.partition("=")[0] for variable in variables}
    kept = [variable for variable in process["env"] if variable.partition("=")[0] not in names]
    process["env"] = [*kept, *variables]


def gpu_names(text: str) -> "tuple[str, ...]":
    """The devices that `--gpus` means: all, a number of them, or "device=A,B"; ValueError for other words."""
    from pyker.model.mount_words import split_fields

    if text == "all":
        return (f"{GPU}=all",)
    if text.isascii() and text.isdigit():
        return tuple(f"{GPU}={number}" for number in range(min(int(text), 1000)))
    found = {}
    for field in split_fields(text):
        key, equals, value = field.partition("=")
        if key not in ("device", "count", "driver", "capabilities") or not equals:
            raise ValueError("must be all, a number, or words as device=0, count=2")
        found[key] = value
    if "device" in found:
        return tuple(f"{GPU}={name}" for name in found["device"].split(","))
    return gpu_names("all" if found.get("count", "all") == "-1" else found.get("count", "all"))
