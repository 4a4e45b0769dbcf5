"""Image configs (OCI image-spec config.md): read with suspicion, made afresh for imports."""

import time

from pyker.base import jsonfile
from pyker.base.errors import CorruptError
from pyker.base.value import Value
from pyker.model.digest import check_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.model.platform import Platform

MAX_LAYERS = 500  # overlayfs stacks no more: OVL_MAX_STACK in fs/overlayfs


class ConfigFacts(Value):
    """What the store needs to know of a config."""

    diff_ids: "tuple[str, ...]"
    created: str
    architecture: str
    os: str
    variant: str


def read_config(data: bytes) -> ConfigFacts:
    """The facts in a config's bytes; CorruptError when it is not one of a Linux image."""
    try:
        document = jsonfile.loads(data)
    except ValueError as error:
        raise CorruptError(f"invalid image config: {error}") from error
    rootfs = document.get("rootfs") if isinstance(document, dict) else None
    if not isinstance(rootfs, dict) or not isinstance(rootfs.get("diff_ids") or [], list):
        raise CorruptError("invalid image config: it has no rootfs")
    diff_ids = tuple(check_digest(diff_id) for diff_id in rootfs.get("diff_ids") or [])
    if len(diff_ids) > MAX_LAYERS:
        raise CorruptError(f"image has {len(diff_ids)} layers, the kernel can stack {MAX_LAYERS}")
    if document.get("os", "linux") not in ("linux", ""):
        raise CorruptError(f"image is for {document['os']!r}, not for linux")
    _check_defaults(document.get("config") or {})
    texts = (_text(document, name) for name in ("created", "architecture", "os", "variant"))
    return ConfigFacts(diff_ids, *texts)


class HistoryEntry(Value):
    """One entry of a config's history; *empty* ones made no layer."""

    created: str
    created_by: str
    comment: str
    empty: bool


def read_history(document: "dict[str, Any]") -> "list[HistoryEntry]":
    """The history of a config, oldest first; what is no history is left out. See OCI image-spec config.md."""
    entries = document.get("history")
    if not isinstance(entries, list):
        return []
    return [_history_entry(entry) for entry in entries if isinstance(entry, dict)]


def _history_entry(entry: "dict[str, Any]") -> HistoryEntry:
    created, by, comment = (str(entry.get(name) or "") for name in ("created", "created_by", "comment"))
    return HistoryEntry(created, by, comment, bool(entry.get("empty_layer")))


_TEXT_LISTS = ("Env", "Cmd", "Entrypoint", "OnBuild", "Shell")
_TABLES = ("Labels", "Volumes", "ExposedPorts")
_TEXTS = ("User", "WorkingDir", "StopSignal", "Hostname", "Domainname")


def _check_defaults(defaults: object) -> None:
    """Hold what containers are made from to the types of the specification; absent and null are fine."""
    if not isinstance(defaults, dict):
        raise CorruptError("invalid image config: config is not an object")
    for name in _TEXT_LISTS:
        value = defaults.get(name) or []
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise CorruptError(f"invalid image config: {name} is not a list of texts")
    for name in _TABLES:
        if not isinstance(defaults.get(name) or {}, dict):
            raise CorruptError(f"invalid image config: {name} is not an object")
    for name in _TEXTS:
        if not isinstance(defaults.get(name) or "", str):
            raise CorruptError(f"invalid image config: {name} is not a text")
    labels = (defaults.get("Labels") or {}).values()
    if not all(isinstance(label, str) for label in labels):
        raise CorruptError("invalid image config: a label is not a text")


def _text(document: "dict[str, Any]", name: str) -> str:
    value = document.get(name) or ""
    if not isinstance(value, str) or len(value) > 200:
        raise CorruptError(f"invalid image config: {name} is not a text")
    return value


def now() -> str:
    """The time as image configs write it, RFC 3339 with nanoseconds."""
    moment = time.time_ns()
    seconds, nanoseconds = divmod(moment, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds:09}Z"


def committed_config(
    base: "dict[str, Any]", settings: "dict[str, Any]", diff_id: str, step: "dict[str, Any]", author: str
) -> "dict[str, Any]":
    """The config of an image made of another (config *base*) by one more layer and *step* of history.

    Without *diff_id* the step made no layer.
    """
    rootfs = base.get("rootfs") or {}
    document = {key: value for key, value in base.items() if key not in ("container", "container_config")}
    document["created"] = step["created"]
    document["config"] = settings
    if author:
        document["author"] = author
    diff_ids = [*(rootfs.get("diff_ids") or ()), *([diff_id] if diff_id else ())]
    document["rootfs"] = {"type": "layers", "diff_ids": diff_ids}
    empty = {} if diff_id else {"empty_layer": True}
    document["history"] = [*(base.get("history") or ()), {**step, **empty}]
    return document


def imported_config(
    diff_id: str, settings: "dict[str, Any]", platform: "Platform", *, message: str, created: str
) -> "dict[str, Any]":
    """The config of an image made of one root file system."""
    document = {
        "created": created,
        "architecture": platform.architecture,
        "os": platform.os,
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": created, "comment": message}],
    }
    if platform.variant:
        document["variant"] = platform.variant
    return document
