"""The fields of an OCI document, looked at one by one; every error names the field and what it takes."""

from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    Spec = dict[str, Any]

_LARGEST = 1 << 63
_WORDS = {str: "text", int: "a number", bool: "true or false", dict: "an object", list: "a list"}


def check_types(spec: "Spec", types: "Mapping[str, Any]", prefix: str = "") -> None:
    """Raise InvalidError where a field of *spec* is not of its type.

    *types*: field, dotted, -> type; a list of one type is a list of such, a set of one an object with such
    members; *prefix* is where *spec* stands in a config.json. What is missing or null is left alone.
    """
    for field, kind in types.items():
        check_type(f"{prefix}{field}", get(spec, field), kind)


def get(spec: "Spec", field: str) -> "Any":
    """The value of dotted *field*, None where it is missing."""
    value: Any = spec
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def check_type(field: str, value: "Any", kind: "Any") -> None:
    """See *check_types*."""
    if value is None:
        return
    if isinstance(kind, list):
        check_type(field, value, list)
        for place, one in enumerate(value):
            _check_plain(f"{field}[{place}]", one, kind[0])
    elif isinstance(kind, set):
        check_type(field, value, dict)
        for name, one in value.items():
            for member in kind:
                _check_plain(f"{field}.{name}", one, member)
    else:
        _check_plain(field, value, kind)


def _check_plain(field: str, value: "Any", kind: "Any") -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidError(f"config.json: {field} must be {_WORDS[kind]}")
    if kind is int and not -_LARGEST <= value < _LARGEST:
        raise InvalidError(f"config.json: {field} must be a number of 64 bits")
    if kind is str and "\0" in value:
        raise InvalidError(f"config.json: {field} must hold no null byte")


def one_of(field: str, value: object, allowed: "Collection[str]") -> None:
    """*value* must be one of *allowed*."""
    if not isinstance(value, str) or value not in allowed:
        raise InvalidError(f"config.json: {field}: {value!r} is not one of {', '.join(sorted(allowed))}")


def whole(field: str, holder: "Spec", *names: str) -> None:
    """Each of *names* in *holder* must be a number that is not negative."""
    for name in names:
        value = holder.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2 * _LARGEST:
            raise InvalidError(f"config.json: {field}.{name} must be a number, 0 or more")


def absolute(field: str, value: object) -> None:
    """*value* must be a path from the root."""
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise InvalidError(f"config.json: {field} must be an absolute path, not {value!r}")
