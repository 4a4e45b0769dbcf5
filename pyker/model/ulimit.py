"""`--ulimit name=soft[:hard]`."""

NAMES = (
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)


def parse_ulimits(text: str) -> "list[tuple[str, int, int]]":
    """The limit of *text*, or with "host" every one that this process has; ValueError in Docker's words."""
    if text != "host":
        return [parse_ulimit(text)]
    import resource

    constants = [
        (name, getattr(resource, name))
        for name in (f"RLIMIT_{word.upper()}" for word in NAMES)
        if hasattr(resource, name)
    ]
    return [(name, *resource.getrlimit(number)) for name, number in constants]


def parse_ulimit(text: str) -> "tuple[str, int, int]":
    """("RLIMIT_NOFILE", soft, hard), -1 for unlimited; ValueError in Docker's words."""
    name, equals, values = text.partition("=")
    if not equals:
        raise ValueError(f"invalid ulimit argument: {text}")
    if name not in NAMES:
        raise ValueError(f"invalid ulimit type: {name}: must be one of {', '.join(NAMES)}")
    parts = values.split(":")
    if len(parts) > 2:
        raise ValueError(f"too many limit value arguments - {values}, can only have up to two, `soft[:hard]`")
    soft, hard = _number(parts[0]), _number(parts[-1])
    if hard != -1 and (soft > hard or soft == -1):
        raise ValueError(f"ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}")
    return f"RLIMIT_{name.upper()}", soft, hard


def _number(text: str) -> int:
    if text == "unlimited":
        return -1
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 19:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    number = int(text)
    if number < -1:
        raise ValueError(f"ulimit value out of range: {text}")
    return number
