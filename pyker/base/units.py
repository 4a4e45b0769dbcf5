"""Sizes, durations and moments, as people write them and as Docker prints them.

"512m" ↔ 536870912, "1h30m" → seconds, "2026-11-21T01:47:14.5Z" → seconds since 1970 and back, ages
in go-units' words. Neither `re` nor `datetime` is imported: these are on the path of `ps` and `run`.
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_DIGITS = frozenset("0123456789")
_MAX = (1 << 63) - 1
DAY = 86400


def parse_bytes(text: str) -> int:
    """The number of bytes *text* says, in powers of 1024: 512m, 1.5G, 10kb, 3GiB.

    Raises ValueError with go-units' words.
    """
    number = text.rstrip("bBiIkKmMgGtTpP \t") if text else ""
    suffix = text[len(number) :].strip().lower()
    if not number or not _is_decimal(number):
        raise ValueError(_bad_size(text))
    power = _POWERS.get(suffix.removesuffix("b").removesuffix("i"))
    if power is None or suffix in ("i", "ib") or suffix.endswith("i"):
        raise ValueError(f"invalid suffix: '{suffix}'")
    size = int(number) << 10 * power if number.isdecimal() else int(float(number) * 1024**power)
    if size > _MAX:
        raise ValueError(f"invalid size: '{text}'")
    return size


def _bad_size(text: str) -> str:
    """What go-units says: a wrong suffix after digits, else a wrong size."""
    digits = len(text) - len(text.lstrip("0123456789."))
    if digits and _is_decimal(text[:digits]):
        return f"invalid suffix: '{text[digits:].strip().lower()}'"
    return f"invalid size: '{text}'"


def _is_decimal(text: str) -> bool:
    """Whether *text* is digits, with at most one point inside."""
    whole, point, part = text.partition(".")
    if not _DIGITS.issuperset(whole + part):
        return False
    return bool(whole or part) if point else bool(whole)


def human_size(size: float, digits: int = 3) -> str:
    """*size* bytes in powers of 1000 with up to *digits* significant digits: 4.75MB, 0B, 1.234kB."""
    return _scaled(size, 1000.0, _DECIMAL, digits)


def binary_size(size: float) -> str:
    """*size* bytes in powers of 1024 with up to four digits: 23.54GiB."""
    return _scaled(size, 1024.0, _BINARY, 4)


def _scaled(size: float, base: float, names: "Sequence[str]", digits: int) -> str:
    step = 0
    while size >= base or float(f"{size:.{digits}g}") >= base:  # 999999 is 1MB, not 1e+03kB
        if step == len(names) - 1:
            return f"{size:.0f}{names[step]}"
        size /= base
        step += 1
    return f"{float(f'{size:.{digits}g}'):.{digits + 1}g}{names[step]}"


def human_duration(seconds: float) -> str:
    """An age in go-units' words: Less than a second, About a minute, 3 weeks."""
    whole = int(seconds)
    for limit, words in (
        (1, "Less than a second"),
        (2, "1 second"),
        (60, f"{whole} seconds"),
        (120, "About a minute"),
        (3600, f"{whole // 60} minutes"),
    ):
        if whole < limit:
            return words
    hours = int(seconds / 3600 + 0.5)
    for limit, words in (
        (2, "About an hour"),
        (48, f"{hours} hours"),
        (24 * 7 * 2, f"{hours // 24} days"),
        (24 * 30 * 2, f"{hours // 24 // 7} weeks"),
        (24 * 365 * 2, f"{hours // 24 // 30} months"),
    ):
        if hours < limit:
            return words
    return f"{int(seconds / 3600) // 24 // 365} years"


def parse_duration(text: str) -> float:
    """The seconds in a Go duration: 1h30m, 1.5s, 300ms, -2m. Raises ValueError with Go's words."""
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0.0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    total = 0.0
    while rest:
        number = rest[: len(rest) - len(rest.lstrip("0123456789."))]
        rest = rest[len(number) :]
        unit = rest[: len(rest) - len(rest.lstrip("hmnsuµμ"))]
        rest = rest[len(unit) :]
        if not _is_decimal(number):
            raise ValueError(f'time: invalid duration "{text}"')
        if unit not in _SECONDS:
            reason = f'unknown unit "{unit}" in' if unit else "missing unit in"
            raise ValueError(f'time: {reason} duration "{text}"')
        total += float(number) * _SECONDS[unit]
    return sign * total


def go_duration(seconds: float) -> str:
    """Seconds as Go writes a duration: 1.5s, 2m0s, 1h0m0s, 300ms."""
    nanoseconds = round(seconds * 10**9)
    if 0 < abs(nanoseconds) < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if abs(nanoseconds) >= size:
                return f"{nanoseconds / size:.9g}{unit}"
    sign = "-" if nanoseconds < 0 else ""
    minutes, rest = divmod(abs(nanoseconds), 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    before = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{before}{rest / 10**9:.9g}s"


def parse_time(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 moment, or of its beginning: 2026-11-21, 2026-11-21T01:47.

    Without a zone it is local time. Nanoseconds beyond a float's precision are lost: use `nanoseconds`
    to compare moments. Raises ValueError.
    """
    return nanoseconds(text) / 1e9


def nanoseconds(text: str) -> int:
    """As *parse_time*, exact, in nanoseconds."""
    day, _, rest = text.partition("T") if "T" in text else text.partition(" ")
    clock, offset = _split_zone(rest)
    year, month, date = _numbers(day, "-", text, (4, 2, 2))
    whole, _, fraction = clock.partition(".")
    hour, minute, second = _numbers(whole, ":", text, (2, 2, 2)) if whole else (0, 0, 0)
    if not (1 <= month <= 12 and 1 <= date <= 31 and hour < 24 and minute < 60 and second < 61):
        raise ValueError(f'parsing time "{text}": out of range')
    if fraction and not _DIGITS.issuperset(fraction):
        raise ValueError(f'parsing time "{text}": bad fraction of a second')
    seconds = _days(year, month, date) * DAY + hour * 3600 + minute * 60 + second
    if offset is None:
        seconds = int(time.mktime((year, month, date, hour, minute, second, 0, 0, -1)))
    else:
        seconds -= offset
    return seconds * 1_000_000_000 + int((fraction + "000000000")[:9])


def _split_zone(text: str) -> "tuple[str, int | None]":
    """The clock and the seconds east of Greenwich, None when no zone was named."""
    if text.endswith(("Z", "z")):
        return text[:-1], 0
    at = max(text.rfind("+"), text.rfind("-"))
    if at < 0:
        return text, None
    hours, minutes, _ = _numbers(text[at + 1 :], ":", text, (2, 2, 2))
    east = hours * 3600 + minutes * 60
    return text[:at], -east if text[at] == "-" else east


def _numbers(text: str, sign: str, whole: str, widths: "tuple[int, int, int]") -> "tuple[int, int, int]":
    """Up to three numbers of at most these widths; missing ones are 0."""
    parts = text.split(sign)
    fits = len(parts) <= 3 and all(
        part and len(part) <= width and _DIGITS.issuperset(part) for part, width in zip(parts, widths)
    )
    if not fits:
        raise ValueError(f'parsing time "{whole}": not like 2006-01-02T15:04:05Z')
    first, second, third = (*(int(part) for part in parts), 0, 0)[:3]
    return first, second, third


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a Gregorian date (Howard Hinnant's days_from_civil)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


def parse_moment(text: str, now: "float | None" = None) -> float:
    """The moment that `--since` and `--until` name: a duration ago, RFC 3339, a date or unix seconds.

    Raises ValueError in Docker's words.
    """
    try:
        return (time.time() if now is None else now) - parse_duration(text)
    except ValueError:
        pass
    if _is_decimal(text):
        return float(text)
    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f'invalid value "{text}": not a time, a date, a duration or seconds since 1970'
        ) from None


def rfc3339(seconds: "float | None" = None) -> str:
    """A moment (now, when not given) in UTC with nine digits after the point, as Docker stores it."""
    stamp = time.time_ns() if seconds is None else int(seconds * 1e9)
    whole, fraction = divmod(stamp, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{fraction:09d}Z"


def local_time(seconds: float) -> str:
    """A moment as Go prints it: 2026-11-21 01:47:14 +0000 UTC, in the local zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S %z %Z", time.localtime(seconds))
