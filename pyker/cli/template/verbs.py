"""How Go prints values: %v, and printf's other verbs."""

from pyker.cli.template.errors import UnfitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class _Missing:
    """A value that is not there."""

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()  # what a map gives for a key it lacks
ABSENT = _Missing()  # an optional field without a value: nil here, and left out of JSON
_INFINITE = float("inf")


class GoMap(dict):  # type: ignore[type-arg]
    """A map whose keys are data: a missing one is `<no value>`, where a missing field is an error."""


class NilMap(GoMap):
    """A map that is not there: null in JSON, `map[]` and empty elsewhere."""


class NilList(list):  # type: ignore[type-arg]
    """A list that is not there: null in JSON, `[]` and empty elsewhere."""


_WIDEST = 10_000  # no field is padded further, however large a width is asked for


def shown(value: "Any") -> str:
    """*value* as Go's %v."""
    if isinstance(value, str):
        return value
    if value is MISSING:
        return "<no value>"
    return _inside(value)


def _inside(value: "Any") -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, _Missing):
        return "<nil>"
    if isinstance(value, float):
        return _general(value)
    if isinstance(value, GoMap):
        return "map[" + " ".join(f"{key}:{_inside(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, dict):
        return "{" + " ".join("" if item == "" else _inside(item) for item in value.values()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(_inside(item) for item in value) + "]"
    fields = getattr(value, "fields", None)
    if fields is not None:
        return "{" + " ".join(_inside(field()) for field in fields.values()) + "}"
    return str(value)


def _general(value: float) -> str:
    """Go's shortest %v of a float: 5 for 5.0, 1e+21 beyond."""
    if value in (_INFINITE, -_INFINITE):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return repr(value)


def format_go(pattern: str, *values: "Any") -> str:
    """Go's Sprintf: %s %d %v %q %x %t %f %e %g %c %o %b %T %%, flags, width and precision.

    A wrong verb or a missing value is told in the text, as Go does. Raises UnfitError for no pattern.
    """
    if not isinstance(pattern, str):
        raise UnfitError("wrong type for value; expected string")
    out: "list[str]" = []
    rest, at = pattern, 0
    while True:
        before, percent, rest = rest.partition("%")
        out.append(before)
        if not percent:
            break
        text, rest, at = _one(rest, values, at)
        out.append(text)
    if at < len(values):
        extra = ", ".join(f"{type_name(value)}={shown(value)}" for value in values[at:])
        out.append(f"%!(EXTRA {extra})")
    return "".join(out)


def _one(rest: str, values: "Sequence[Any]", at: int) -> "tuple[str, str, int]":
    """One verb at the start of *rest*: its text, what follows, and the place of the next value."""
    flags = rest[: len(rest) - len(rest.lstrip("+-# 0"))]
    rest = rest[len(flags) :]
    width, rest, at = _count(rest, values, at)
    precision: "int | None" = None
    if rest.startswith("."):
        found, rest, at = _count(rest[1:], values, at)
        precision = found or 0
    verb, rest = rest[:1], rest[1:]
    if verb == "%":
        return "%", rest, at
    if not verb:
        return "%!(NOVERB)", rest, at
    if at >= len(values):
        return f"%!{verb}(MISSING)", rest, at
    text = _verb(verb, values[at], flags, precision)
    return _padded(text, flags, width or 0, values[at]), rest, at + 1


def _count(rest: str, values: "Sequence[Any]", at: int) -> "tuple[int | None, str, int]":
    if rest.startswith("*"):
        value = values[at] if at < len(values) else 0
        return (value if isinstance(value, int) else 0), rest[1:], at + 1
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return (min(int(digits[:6]), _WIDEST) if digits else None), rest[len(digits) :], at


def _padded(text: str, flags: str, width: int, value: "Any") -> str:
    width = min(width, _WIDEST)
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and isinstance(value, (int, float)):
        return text.zfill(width)
    return text.rjust(width)


def _verb(verb: str, value: "Any", flags: str, precision: "int | None") -> str:
    if verb == "v":
        text = quote(value) if "#" in flags and isinstance(value, str) else shown(value)
        return f"+{text}" if "+" in flags and _is_number(value) and value >= 0 else text
    if verb == "T":
        return type_name(value)
    if isinstance(value, bool):
        return shown(value) if verb == "t" else _wrong(verb, value)
    if isinstance(value, str):
        return _text_verb(verb, value, precision)
    if isinstance(value, int):
        return _integer_verb(verb, value, flags)
    if isinstance(value, float) and verb in "feEgGF":
        return format(value, f"{'+' if '+' in flags else ''}.{6 if precision is None else precision}{verb}")
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(_verb(verb, item, flags, precision) for item in value) + "]"
    return _wrong(verb, value)


def _is_number(value: "Any") -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text_verb(verb: str, value: str, precision: "int | None") -> str:
    value = value if precision is None else value[:precision]
    if verb == "s":
        return value
    if verb == "q":
        return quote(value)
    if verb in "xX":
        return value.encode("utf-8", "surrogateescape").hex() if verb == "x" else value.encode().hex().upper()
    return _wrong(verb, value)


def _integer_verb(verb: str, value: int, flags: str) -> str:
    if verb in "dxXob":
        return format(
            value, f"{'+' if '+' in flags else ''}{'#' if '#' in flags and verb != 'd' else ''}{verb}"
        )
    if verb == "c" and 0 <= value < 0x110000:
        return chr(value)
    if verb == "q" and 0 <= value < 0x110000:
        return f"'{chr(value)}'"
    return _wrong(verb, value)


def _wrong(verb: str, value: "Any") -> str:
    return f"%!{verb}(<nil>)" if value is None else f"%!{verb}({type_name(value)}={shown(value)})"


def type_name(value: "Any") -> str:
    """Go's name for the type of *value*."""
    names = {str: "string", bool: "bool", int: "int", float: "float64", list: "[]interface {}"}
    if value is None:
        return "<nil>"
    if isinstance(value, GoMap):
        return "map[string]interface {}"
    return names.get(type(value), "interface {}")


def quote(text: str) -> str:
    """*text* as Go's strconv.Quote writes it."""
    out = ['"']
    for sign in text:
        if sign in _NAMED:
            out.append(_NAMED[sign])
        elif sign.isprintable():
            out.append(sign)
        elif "\udc80" <= sign <= "\udcff":
            out.append(f"\\x{ord(sign) - 0xDC00:02x}")
        elif ord(sign) < 0x80:
            out.append(f"\\x{ord(sign):02x}")
        else:
            out.append(f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}")
    out.append('"')
    return "".join(out)


_NAMED = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}
