"""`--mount`: comma-separated key=value words, as Docker's CSV reader takes them."""

import os

from pyker.base.units import parse_bytes
from pyker.model.volume import TmpfsMount, VolumeMount

_NAMES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}
_FLAGS = frozenset(("readonly", "volume-nocopy", "bind-nonrecursive"))
_KEYS = frozenset(
    ("type", "source", "target", "bind-propagation", "tmpfs-size", "tmpfs-mode", "consistency", *_FLAGS)
)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_PROPAGATION = ("private", "rprivate", "slave", "rslave", "shared", "rshared")


def parse_mount(text: str) -> "VolumeMount | TmpfsMount":
    """The mount that `--mount` asks for; ValueError in Docker's words."""
    words = _words(text)
    kind = words.get("type", "volume").lower()
    if not words.get("target"):
        raise ValueError("target is required")
    if kind not in ("bind", "volume", "tmpfs"):
        raise ValueError(f'invalid mount config for type "{kind}": mount type unknown')
    target = _absolute(kind, words["target"])
    if os.path.normpath(target).strip("/") == "":
        raise ValueError(f"invalid mount config for type \"{kind}\": destination can't be '/'")
    if kind == "tmpfs":
        return _tmpfs(words, target)
    return _volume(words, kind, target)


def _words(text: str) -> "dict[str, str]":
    words = {}
    for field in split_fields(text):
        key, equals, value = field.partition("=")
        name = _NAMES.get(key.lower(), key.lower())
        if not equals and name not in _FLAGS:
            raise ValueError(f"invalid field '{field}' must be a key=value pair")
        if name not in _KEYS:
            raise ValueError(f"unexpected key '{key}' in '{field}'")
        if name in _FLAGS and value.lower() not in _TRUTH and equals:
            raise ValueError(f"invalid value for {key}: {value}")
        words[name] = value if equals else "true"
    return words


def split_fields(text: str) -> "list[str]":
    """The fields of one CSV line: commas inside double quotes belong to the field, two quotes are one."""
    fields, rest = [], text
    while True:
        if rest.startswith('"'):
            field, rest = _quoted(rest[1:], text)
        else:
            field, comma, rest = rest.partition(",")
            if '"' in field:
                raise ValueError(f'parse error: bare " in non-quoted field of {text}')
            rest = comma + rest
        fields.append(field)
        if not rest:
            return fields
        rest = rest[1:]


def _quoted(rest: str, text: str) -> "tuple[str, str]":
    """A quoted field, its first quote taken off, and what follows it."""
    out = ""
    while True:
        part, quote, rest = rest.partition('"')
        out += part
        if rest.startswith('"'):
            out, rest = out + '"', rest[1:]
            continue
        if not quote or (rest and not rest.startswith(",")):
            raise ValueError(f'parse error: extraneous or missing " in quoted field of {text}')
        return out, rest


def _absolute(kind: str, path: str) -> str:
    if not path.startswith("/"):
        reason = f"invalid mount path: '{path}' mount path must be absolute"
        raise ValueError(f'invalid mount config for type "{kind}": {reason}')
    return path


def _is_set(words: "dict[str, str]", name: str) -> bool:
    return _TRUTH.get(words.get(name, "false").lower(), False)


def _volume(words: "dict[str, str]", kind: str, target: str) -> VolumeMount:
    source = words.get("source", "")
    options = ["ro"] if _is_set(words, "readonly") else []
    if kind == "bind":
        if not source:
            raise ValueError('invalid mount config for type "bind": field Source must not be empty')
        _absolute(kind, source)
        options += _propagation(words)
        if _is_set(words, "bind-nonrecursive"):
            options.append("bind")
    elif _is_set(words, "volume-nocopy"):
        options.append("nocopy")
    return VolumeMount(source, target, tuple(options), must_exist=kind == "bind")


def _propagation(words: "dict[str, str]") -> "list[str]":
    mode = words.get("bind-propagation", "")
    if mode and mode not in _PROPAGATION:
        raise ValueError(f'invalid mount config for type "bind": invalid propagation mode: {mode}')
    return [mode] if mode else []


def _tmpfs(words: "dict[str, str]", target: str) -> TmpfsMount:
    if "source" in words:
        raise ValueError('invalid mount config for type "tmpfs": field Source must not be specified')
    options = ["ro"] if _is_set(words, "readonly") else []
    if "tmpfs-size" in words:
        try:
            options.append(f"size={parse_bytes(words['tmpfs-size'])}")
        except ValueError:
            raise ValueError(f"invalid value for tmpfs-size: {words['tmpfs-size']}") from None
    if mode := words.get("tmpfs-mode", ""):
        if set(mode) - set("01234567"):
            raise ValueError(f"invalid value for tmpfs-mode: {mode}")
        options.append(f"mode={mode}")
    return TmpfsMount(target, tuple(options))
