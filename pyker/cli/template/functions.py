"""The functions a template may call: Go's builtins and those Docker adds; and how values are shown."""

from pyker.cli.template.errors import UnfitError
from pyker.cli.template.verbs import ABSENT, MISSING, NilList, NilMap, format_go, shown, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def is_true(value: "Any") -> bool:
    """Whether Go's templates take *value* for true: not false, 0, nil, empty."""
    return bool(value)


def _is_number(value: "Any") -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kind(value: "Any") -> str:
    """Go's name for what kinds of values compare by: int and float64 do not mix."""
    return type_name(value)


def _is_nil(value: "Any") -> bool:
    return value is None or value is MISSING or value is ABSENT


def _same(left: "Any", right: "Any") -> bool:
    if _is_nil(left) or _is_nil(right):
        return _is_nil(left) and _is_nil(right)
    if {_kind(left), _kind(right)} == {"int", "string"}:
        return str(left) == str(right)  # as Docker, whose numbers are text when it reads JSON
    if _kind(left) != _kind(right):
        raise UnfitError("incompatible types for comparison")
    return bool(left == right)


def _eq(first: "Any", *others: "Any") -> bool:
    if not others:
        raise UnfitError("missing argument for comparison")
    return any(_same(first, other) for other in others)


def _less(left: "Any", right: "Any") -> bool:
    if _kind(left) != _kind(right) or not (_is_number(left) or isinstance(left, str)):
        raise UnfitError("incompatible types for comparison")
    return bool(left < right)


def _length(value: "Any") -> int:
    if isinstance(value, (str, list, tuple, dict)):
        return len(value.encode()) if isinstance(value, str) else len(value)
    raise UnfitError(f"len of type {_kind(value)}" if value is not None else "len of nil pointer")


def _index(value: "Any", *keys: "Any") -> "Any":
    for key in keys:
        value = _item(value, key)
    return value


def _item(value: "Any", key: "Any") -> "Any":
    if isinstance(value, dict):
        if not isinstance(key, str):
            raise UnfitError(f"value has type {_kind(key)}; should be string")
        absent = "" if all(isinstance(one, str) for one in value.values()) else None
        return value.get(key, absent)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    if isinstance(value, (list, tuple, bytes)):
        if not isinstance(key, int) or isinstance(key, bool):
            raise UnfitError(f"cannot index slice/array with type {_kind(key)}")
        if not 0 <= key < len(value):
            raise UnfitError(f"index out of range: {key}")
        return value[key]
    raise UnfitError("index of untyped nil" if _is_nil(value) else f"can't index item of type {_kind(value)}")


def _slice(value: "Any", *ends: int) -> "Any":
    if len(ends) > 2 or not isinstance(value, (str, list, tuple)):
        raise UnfitError(f"can't slice item of type {_kind(value)}")
    start, end = (*ends, *(0, len(value))[len(ends) :])
    if not 0 <= start <= end <= len(value):
        raise UnfitError(f"index out of range: {end}")
    return value[start:end]


def _json(value: "Any") -> str:
    from pyker.cli.jsontext import compact, compact_sorted

    fields: "Mapping[str, Callable[[], Any]] | None" = getattr(value, "fields", None)
    if fields is not None:
        return compact_sorted({name: field() for name, field in fields.items()})
    return compact(_plain(value))


def _plain(value: "Any") -> "Any":
    """*value* with null for what is not there."""
    if value is MISSING or value is ABSENT or isinstance(value, (NilList, NilMap)):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not ABSENT}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _split(text: str, separator: str) -> "list[str]":
    _need_text(text)
    return text.split(separator) if separator else list(text)


def _join(items: "Any", separator: str) -> str:
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise UnfitError("wrong type for value; expected []string")
    return separator.join(items)


def _need_text(text: "Any") -> str:
    if not isinstance(text, str):
        raise UnfitError(f"wrong type for value; expected string; got {_kind(text)}")
    return text


def _title(text: str) -> str:
    letters, before = [], " "
    for letter in _need_text(text):
        letters.append(letter if before.isalnum() or before in "_'" else letter.upper())
        before = letter
    return "".join(letters)


def _pad(text: str, before: int, after: int) -> str:
    return " " * before + _need_text(text) + " " * after if text else text


def _truncate(text: str, length: int) -> str:
    return _need_text(text)[:length]


def _print(*values: "Any") -> str:
    """Go's Sprint: a blank between two values when neither is a string."""
    out: "list[str]" = []
    for place, value in enumerate(values):
        if place and not isinstance(value, str) and not isinstance(values[place - 1], str):
            out.append(" ")
        out.append(shown(value))
    return "".join(out)


FUNCTIONS: "dict[str, Callable[..., Any]]" = {
    "eq": _eq,
    "ne": lambda left, right: not _same(left, right),
    "lt": _less,
    "le": lambda left, right: _less(left, right) or _same(left, right),
    "gt": lambda left, right: _less(right, left),
    "ge": lambda left, right: not _less(left, right),
    "not": lambda value: not is_true(value),
    "len": _length,
    "index": _index,
    "slice": _slice,
    "print": _print,
    "println": lambda *values: " ".join(shown(value) for value in values) + "\n",
    "printf": format_go,
    "json": _json,
    "split": _split,
    "join": _join,
    "title": _title,
    "lower": lambda text: _need_text(text).lower(),
    "upper": lambda text: _need_text(text).upper(),
    "pad": _pad,
    "truncate": _truncate,
}
HEADING_FUNCTIONS: "dict[str, Callable[..., Any]]" = {
    **FUNCTIONS,
    **dict.fromkeys(
        ("json", "split", "join", "title", "lower", "upper", "truncate"), lambda value, *_: value
    ),
}


def label_heading(name: str) -> str:
    """The heading of `.Label "com.example.some-name"`: some name."""
    return name.rpartition(".")[2].replace("-", " ").replace("_", " ")
