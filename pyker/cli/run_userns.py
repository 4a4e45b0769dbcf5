"""--userns, --uidmap, --gidmap, --subuidname and --subgidname of `run` and `create`."""

from pyker.base.errors import InvalidError
from pyker.cli.values import read_value, read_values
from pyker.model.identity import Identity
from pyker.namespaces.modes import parse_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

ALLOWED = (
    "host, nomap, keep-id[:uid=N,gid=N], auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N], "
    "container:NAME or ns:PATH"
)
KEYS = {"keep-id": ("uid", "gid"), "auto": ("size", "uidmapping", "gidmapping")}


def read(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """The identity of a RunRequest with its ids; InvalidError for values that make no sense together."""
    identity = (values.get("identity") or Identity()).replace(
        userns=read_value(arguments, "userns", _mode, ""),
        uid_map=read_values(arguments, "uidmap", parse_row),
        gid_map=read_values(arguments, "gidmap", parse_row),
        subuid_name=read_value(arguments, "subuidname", _name, ""),
        subgid_name=read_value(arguments, "subgidname", _name, ""),
    )
    _check_together(arguments, identity)
    return {"identity": identity}


def _check_together(arguments: "Arguments", identity: Identity) -> None:
    given = [name for name in ("uidmap", "gidmap", "subuidname", "subgidname") if arguments.given(name)]
    if given and identity.userns not in ("", "private"):
        raise InvalidError(f"conflicting options: --userns and --{given[0]}", code=125)
    if identity.userns == "private" and not given:
        raise InvalidError("--userns=private needs a map: give --uidmap or --subuidname", code=125)
    for flag, name in (("uidmap", "subuidname"), ("gidmap", "subgidname")):
        if flag in given and name in given:
            raise InvalidError(f"conflicting options: --{flag} and --{name}", code=125)


def _name(text: str) -> str:
    if not text or ":" in text:
        raise ValueError(
            "must be the name or number of a user that has ranges in /etc/subuid and /etc/subgid"
        )
    return text


def _mode(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if kind in ("host", "nomap", "private") and not colon:
        return "" if kind == "host" else text
    if (kind == "container" and rest) or (kind == "ns" and rest.startswith("/")):
        return text
    if kind not in KEYS or (colon and not rest):
        raise ValueError(f"must be {ALLOWED}")
    for word in rest.split(",") if rest else ():
        _check_word(kind, word)
    return text


def _check_word(kind: str, word: str) -> None:
    key, _, value = word.partition("=")
    if key not in KEYS[kind]:
        raise ValueError(f"unknown option {key!r}: {kind} takes {' and '.join(KEYS[kind])}")
    if key.endswith("mapping"):
        parse_row(value)
    elif not (value.isascii() and value.isdecimal() and int(value) < 1 << 31):
        raise ValueError(f"{key} must be a number, not {value!r}")
