"""JSON as Go prints it for people: UTF-8 as it is, and no blanks in one-line objects."""

import _json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_quote = _json.encode_basestring


def _refuse(value: object) -> "Any":
    raise TypeError(f"{type(value).__name__} is not JSON")


_compact = _json.make_encoder(None, _refuse, _quote, None, ":", ",", False, False, False)
_sorted = _json.make_encoder(None, _refuse, _quote, None, ":", ",", True, False, False)


def compact(value: object) -> str:
    """*value* on one line."""
    return "".join(_compact(value, 0))


def compact_sorted(value: object) -> str:
    """*value* on one line, keys sorted and <, > and & escaped: how Go writes the rows of listings."""
    text = "".join(_sorted(value, 0))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def pretty(value: object, margin: str = "\n") -> str:
    """*value* over many lines with four blanks a level, as `inspect` prints it."""
    inner = margin + "    "
    if isinstance(value, dict) and value:
        rows = (f"{_quote(str(key))}: {pretty(item, inner)}" for key, item in value.items())
        return "{" + inner + ("," + inner).join(rows) + margin + "}"
    if isinstance(value, (list, tuple)) and value:
        return "[" + inner + ("," + inner).join(pretty(item, inner) for item in value) + margin + "]"
    return compact(value)
