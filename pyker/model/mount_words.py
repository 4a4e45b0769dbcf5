"""`--mount`: comma-separated key=value words, as Docker's CSV reader takes them."""

import os

from pyker.base.units import parse_bytes
from pyker.model.volume import TmpfsMount, VolumeMount, check_modes

_NAMES = {
    **{"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"},
    **{"u": "chown", "relabel": "bind-relabel", "nocopy": "volume-nocopy"},
    **{"image-subpath": "subpath", "volume-subpath": "subpath"},
    **{"size": "tmpfs-size", "mode": "tmpfs-mode"},
}
_BITS = frozenset(("exec", "noexec", "suid", "nosuid", "dev", "nodev"))
_FLAGS = frozenset(
    (
        "readonly",
        "readwrite",
        "volume-nocopy",
        "bind-nonrecursive",
        "chown",
        "tmpcopyup",
        "notmpcopyup",
        *_BITS,
    )
)
_EVERY = ("type", "source", "target", "consistency", "readonly", "readwrite")
_BIND = ("bind-propagation", "bind-nonrecursive", "bind-recursive", "bind-relabel", "chown", "idmap", *_BITS)
_VOLUME = ("volume-nocopy", "volume-label", "volume-driver", "subpath", "chown", "idmap", *_BITS)
_TMPFS = ("tmpfs-size", "tmpfs-mode", "tmpcopyup", "notmpcopyup", "chown", *_BITS)
_KEYS = {  # the kinds of mount, and what each may be told
    "bind": frozenset((*_EVERY, *_BIND)),
    "volume": frozenset((*_EVERY, *_VOLUME)),
    "tmpfs": frozenset((*_EVERY, *_TMPFS)),
    "ramfs": frozenset((*_EVERY, "tmpfs-mode", "tmpcopyup", "notmpcopyup", *_BITS)),
    "devpts": frozenset((*_EVERY, "uid", "gid", "tmpfs-mode", "max")),
    "image": frozenset((*_EVERY, "subpath")),
}
_MANY = ("volume-label",)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_PROPAGATION = ("private", "rprivate", "slave", "rslave", "shared", "rshared")
_RECURSIVE = ("enabled", "disabled", "writable", "readonly")

TYPE_CHECKING = False
if TYPE_CHECKING:
    Words = dict[str, str]


def parse_mount(text: str) -> "VolumeMount | TmpfsMount":
    """The mount that `--mount` asks for; ValueError in Docker's words."""
    words = _words(text)
    kind = words.get("type", "volume").lower()
    if not words.get("target"):
        raise ValueError("target is required")
    if kind not in _KEYS:
        raise ValueError(f'invalid mount config for type "{kind}": mount type unknown')
    for key in words:
        if key not in _KEYS[kind]:
            group = f"{key.partition('-')[0]}-*' options" if "-" in key else f"{key}' option"
            raise ValueError(f"cannot mix '{group} with mount type '{kind}'")
    target = _absolute(kind, words["target"])
    if os.path.normpath(target).strip("/") == "":
        raise ValueError(f"invalid mount config for type \"{kind}\": destination can't be '/'")
    if kind in ("tmpfs", "ramfs", "devpts"):
        return _filesystem(words, kind, target)
    return _image(words, target) if kind == "image" else _volume(words, kind, target)


def _words(text: str) -> "Words":
    words: "Words" = {}
    for field in split_fields(text):
        key, equals, value = field.partition("=")
        name = _NAMES.get(key.lower(), key.lower())
        if not equals and name not in _FLAGS and name != "idmap":
            raise ValueError(f"invalid field '{field}' must be a key=value pair")
        if not any(name in keys for keys in _KEYS.values()):
            raise ValueError(f"unexpected key '{key}' in '{field}'")
        if name in _FLAGS and value.lower() not in _TRUTH and equals:
            raise ValueError(f"invalid value for {key}: {value}")
        value = value if equals or name == "idmap" else "true"
        words[name] = f"{words[name]}\n{value}" if name in _MANY and name in words else value
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


def _is_set(words: "Words", name: str) -> bool:
    return _TRUTH.get(words.get(name, "false").lower(), False)


def _is_read_only(words: "Words", *, default: bool = False) -> bool:
    if "readonly" in words and "readwrite" in words:
        raise ValueError("readonly and readwrite exclude each other")
    if "readwrite" in words:
        return not _is_set(words, "readwrite")
    return _is_set(words, "readonly") if "readonly" in words else default


def _bits(words: "Words") -> "list[str]":
    """exec, nosuid and their kin; "exec=false" is "noexec"."""
    opposite = {"exec": "noexec", "suid": "nosuid", "dev": "nodev"}
    opposite |= {no: yes for yes, no in opposite.items()}
    return [word if _is_set(words, word) else opposite[word] for word in words if word in _BITS]


def _volume(words: "Words", kind: str, target: str) -> VolumeMount:
    source = words.get("source", "")
    options = ["ro"] if _is_read_only(words) else []
    if kind == "bind":
        if not source:
            raise ValueError('invalid mount config for type "bind": field Source must not be empty')
        _absolute(kind, source)
        options += [*_propagation(words), *_recursion(words), *_relabel(words)]
    elif _is_set(words, "volume-nocopy"):
        options.append("nocopy")
    if words.get("volume-driver", "local") != "local":
        raise ValueError(f"volume driver '{words['volume-driver']}' not found: there is only local")
    options += ["U"] if _is_set(words, "chown") else []
    options += _bits(words)
    if "idmap" in words:
        options.append(f"idmap={words['idmap']}".rstrip("="))
        check_modes(tuple(options), options[-1])
    labels = [word.partition("=") for word in words.get("volume-label", "").split("\n") if word]
    return VolumeMount(
        source,
        target,
        tuple(options),
        must_exist=kind == "bind",
        subpath=_subpath(words),
        labels=tuple((name, value) for name, _, value in labels),
    )


def _image(words: "Words", target: str) -> VolumeMount:
    if not words.get("source"):
        raise ValueError('invalid mount config for type "image": field Source must not be empty')
    options = ("ro",) if _is_read_only(words, default=True) else ()
    return VolumeMount(words["source"], target, options, image=True, subpath=_subpath(words))


def _subpath(words: "Words") -> str:
    path = words.get("subpath", "")
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(f"invalid subpath '{path}': it must stay inside the volume")
    return path


def _propagation(words: "Words") -> "list[str]":
    mode = words.get("bind-propagation", "")
    if mode and mode not in _PROPAGATION:
        raise ValueError(f'invalid mount config for type "bind": invalid propagation mode: {mode}')
    return [mode] if mode else []


def _recursion(words: "Words") -> "list[str]":
    """Docker's bind-recursive, and the older bind-nonrecursive."""
    mode = words.get("bind-recursive", "enabled")
    if mode not in _RECURSIVE:
        raise ValueError(f"invalid value for bind-recursive: {mode} (must be {', '.join(_RECURSIVE)})")
    if mode == "readonly" and (not _is_read_only(words) or words.get("bind-propagation") != "rprivate"):
        raise ValueError(
            "option 'bind-recursive=readonly' requires 'readonly' and 'bind-propagation=rprivate'"
        )
    if mode == "writable":
        if not _is_read_only(words):
            raise ValueError("option 'bind-recursive=writable' requires 'readonly' to be specified")
        return ["writable"]
    return ["bind"] if mode == "disabled" or _is_set(words, "bind-nonrecursive") else []


def _relabel(words: "Words") -> "list[str]":
    mode = words.get("bind-relabel", "")
    if mode not in ("", "shared", "private"):
        raise ValueError(f"invalid value for relabel: {mode} (must be shared or private)")
    return [{"shared": "z", "private": "Z"}[mode]] if mode else []


def _filesystem(words: "Words", kind: str, target: str) -> TmpfsMount:
    if "source" in words:
        raise ValueError(f'invalid mount config for type "{kind}": field Source must not be specified')
    options = ["ro"] if _is_read_only(words) else []
    if "tmpfs-size" in words:
        try:
            options.append(f"size={parse_bytes(words['tmpfs-size'])}")
        except ValueError:
            raise ValueError(f"invalid value for tmpfs-size: {words['tmpfs-size']}") from None
    if mode := words.get("tmpfs-mode", ""):
        if set(mode) - set("01234567"):
            raise ValueError(f"invalid value for tmpfs-mode: {mode}")
        options.append(f"mode={mode}")
    for name in ("uid", "gid", "max"):
        if name in words:
            if not (words[name].isascii() and words[name].isdigit()):
                raise ValueError(f"invalid value for {name}: {words[name]} (must be a number)")
            options.append(f"{name}={words[name]}")
    options += ["U"] if _is_set(words, "chown") else []
    options += ["tmpcopyup"] if _is_set(words, "tmpcopyup") else []
    return TmpfsMount(target, (*options, *_bits(words)), fstype=kind)
