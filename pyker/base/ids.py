"""Container ids and names."""

import os

from pyker.base.errors import InvalidError

_HEX = frozenset("0123456789abcdef")
_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_REST = _FIRST | frozenset("_.-")


def new_id() -> str:
    """A fresh id of 64 hexadecimal digits."""
    return os.urandom(32).hex()


def is_hex(text: str) -> bool:
    """Whether *text* is made of lower-case hexadecimal digits only."""
    return bool(text) and _HEX.issuperset(text)


def short(identity: str) -> str:
    """The 12 digits people see, of an id or a digest."""
    return identity.rpartition(":")[2][:12]


def check_name(name: str, kind: str = "container") -> str:
    """*name* back; InvalidError when it is not [a-zA-Z0-9][a-zA-Z0-9_.-]*, or is longer than a file name."""
    if not name or name[0] not in _FIRST or not _REST.issuperset(name) or len(name) > 200:
        raise InvalidError(
            f"invalid {kind} name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
            hint="start with a letter or a digit; letters, digits, '_', '.' and '-' may follow",
        )
    return name
