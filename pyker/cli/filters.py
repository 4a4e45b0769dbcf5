"""`--filter`: key=value pairs and what they keep. The same key again means or; keys, and labels, mean and."""

from pyker.base.errors import InvalidError
from pyker.cli.usage import bad_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Filters = dict[str, list[str]]

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/:")
_TRUTH = {"1": True, "true": True, "t": True, "0": False, "false": False, "f": False}


def read_filters(words: "Iterable[str]", known: "Sequence[str]") -> "Filters":
    """The values asked for of each key; InvalidError for a word without "=" or an unknown key."""
    filters: "Filters" = {}
    for word in words:
        key, equals, value = word.partition("=")
        key = key.strip().lower()
        if not equals:
            raise bad_value(word, "-f, --filter", "bad format of filter (expected name=value)")
        if key not in known:
            raise InvalidError(f"Invalid filter '{key}'", hint=f"the filters there are: {', '.join(known)}")
        filters.setdefault(key, []).append(value.strip())
    return filters


def truth(filters: "Filters", key: str) -> "bool | None":
    """The yes or no that *key* asks for, None when it asks for both or is not there."""
    asked = set()
    for value in filters.get(key, ()):
        if value.lower() not in _TRUTH:
            raise InvalidError(f"Invalid filter '{key}=[{value}]'", hint=f"write {key}=true or {key}=false")
        asked.add(_TRUTH[value.lower()])
    return asked.pop() if len(asked) == 1 else None


def moment(text: str) -> float:
    """The moment that until=TEXT names; InvalidError in Docker's words when it is none."""
    from pyker.base.units import parse_moment

    try:
        return parse_moment(text)
    except ValueError:
        raise InvalidError(
            f'failed to parse value as time or duration: "{text}"',
            hint="write until=24h, until=2026-11-21 or until=2026-11-21T01:47:14Z",
        ) from None


def has_labels(labels: "Mapping[str, str]", wanted: "Iterable[str]") -> bool:
    """Whether every wanted label, "key" or "key=value", is there."""
    for text in wanted:
        key, equals, value = text.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    return True


def lacks_labels(labels: "Mapping[str, str]", unwanted: "Iterable[str]") -> bool:
    """Whether none of the labels is there."""
    return not any(has_labels(labels, (text,)) for text in unwanted)


def matches(patterns: "Sequence[str]", texts: "Sequence[str]") -> bool:
    """Whether any of *texts* is, or holds a match of, a regular expression; yes without *patterns*."""
    return not patterns or any(_matches(pattern, text) for pattern in patterns for text in texts)


def _matches(pattern: str, text: str) -> bool:
    if pattern == text:
        return True
    if _PLAIN.issuperset(pattern):
        return pattern in text
    import re

    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False  # as Docker: a broken expression matches nothing


def ports_of(words: "Iterable[str]", key: str) -> "set[str]":
    """The "port/protocol" words that publish= and expose= ask for: 80, 80/udp, 8000-8010/tcp."""
    found = set()
    for word in words:
        ports, _, protocol = word.partition("/")
        first, _, last = ports.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            raise InvalidError(f"error while looking up for {key} {word}: not a port or a range of ports")
        found |= {
            f"{port}/{protocol or 'tcp'}" for port in range(int(first), min(int(last or first), 65535) + 1)
        }
    return found
