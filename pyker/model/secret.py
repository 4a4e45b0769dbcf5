"""`--secret NAME[,type=mount|env][,target=…][,uid=…][,gid=…][,mode=…]`."""

from pyker.base.value import Value

_KEYS = ("type", "target", "uid", "gid", "mode", "source")
MODE = 0o444
PLACE = "/run/secrets"


class SecretUse(Value):
    """A secret that a container gets: as a file, or as a variable."""

    name: str
    target: str  # the path of the file, or the variable's name
    is_variable: bool = False
    uid: int = 0
    gid: int = 0
    mode: int = MODE

    @property
    def document(self) -> "dict[str, object]":
        """What a container's config.json keeps of it."""
        kind = {"Variable": self.is_variable, "Target": self.target}
        return {"Name": self.name, "UID": self.uid, "GID": self.gid, "Mode": self.mode, **kind}


def parse_secret(text: str) -> SecretUse:
    """The secret that `--secret` asks for; ValueError in Podman's words."""
    first, *rest = text.split(",")
    words = rest if "=" not in first else [first, *rest]
    options = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in _KEYS or not equals:
            raise ValueError(f"option {word} invalid: parsing secret: allowed are {', '.join(_KEYS)}")
        options[key] = value
    name = options.get("source", "") if "=" in first else first
    if not name:
        raise ValueError("no source found: parsing secret")
    kind = options.get("type", "mount")
    if kind not in ("mount", "env"):
        raise ValueError(f"type {kind} is invalid: parsing secret: must be mount or env")
    if kind == "env":
        return SecretUse(name, _variable(options, name), is_variable=True)
    target = options.get("target", "") or name
    path = target if target.startswith("/") else f"{PLACE}/{target}"
    uid, gid = (_number(options, key) for key in ("uid", "gid"))
    return SecretUse(name, _inside(path), uid=uid, gid=gid, mode=_mode(options.get("mode", "")))


def _variable(options: "dict[str, str]", name: str) -> str:
    for key in ("uid", "gid", "mode"):
        if key in options:
            raise ValueError(f"{key} option only applies to secrets of type mount: parsing secret")
    target = options.get("target", "") or name
    if "=" in target or "\0" in target:
        raise ValueError(f"target {target!r} is no name of a variable: parsing secret")
    return target


def _inside(path: str) -> str:
    if ".." in path.split("/") or path.endswith("/"):
        raise ValueError(f"target {path!r} must be a file below the container's root: parsing secret")
    return path


def _number(options: "dict[str, str]", key: str) -> int:
    text = options.get(key, "0")
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 31):
        raise ValueError(f"invalid {key}: {text}: parsing secret: must be a number")
    return int(text)


def _mode(text: str) -> int:
    if text and (set(text) - set("01234567") or int(text, 8) > 0o7777):
        raise ValueError(f"invalid mode: {text}: parsing secret: must be octal, as 0400")
    return int(text, 8) if text else MODE
