"""Log drivers and their options: what --log-driver and --log-opt may say, checked in one place."""

from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_FILE, K8S_FILE, JOURNALD, NONE = "json-file", "k8s-file", "journald", "none"
PASSTHROUGH = "passthrough"  # the container has the streams of the command that started it
OPTIONS = {
    JSON_FILE: ("compress", "env", "labels", "max-file", "max-size", "mode", "path", "tag"),
    K8S_FILE: ("max-file", "max-size", "path", "tag"),
    JOURNALD: ("env", "labels", "tag"),
    NONE: (),
    PASSTHROUGH: (),
}
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
TAGS = ("ID", "FullID", "Name", "ImageID", "ImageFullID", "ImageName", "DaemonName")


def check_log(driver: str, options: "Mapping[str, str]") -> None:
    """InvalidError, in Docker's words, for a driver, an option or a value that does not exist."""
    if driver not in OPTIONS:
        raise InvalidError(
            f'error looking up logging plugin {driver}: plugin "{driver}" not found',
            hint=f"the drivers are {', '.join(OPTIONS)}",
            code=125,
        )
    for name, value in options.items():
        if name not in OPTIONS[driver]:
            known = ", ".join(OPTIONS[driver]) or "none at all"
            raise InvalidError(
                f"unknown log opt '{name}' for {driver} log driver", hint=f"known are: {known}", code=125
            )
        _check_value(name, value)
    if options.get("compress") == "true" and parse_count(options.get("max-file", "1")) < 2:
        raise InvalidError("compress cannot be true when max-file is less than 2 or unset", code=125)


def _check_value(name: str, value: str) -> None:
    if name == "max-size":
        parse_size(value)
    elif name == "max-file":
        parse_count(value)
    elif name == "tag":
        tag_of(value, dict.fromkeys(TAGS, ""))
    elif name == "path" and not value.startswith("/"):
        raise _bad(name, value, "an absolute path")
    elif name == "compress" and value not in ("true", "false"):
        raise _bad(name, value, "true or false")
    elif name == "mode" and value not in ("blocking", "non-blocking"):
        raise _bad(name, value, "blocking or non-blocking; the log never holds a container up")


def _bad(name: str, value: str, allowed: str) -> InvalidError:
    return InvalidError(f"invalid value for log opt {name}: {value}", hint=f"write {allowed}", code=125)


def parse_size(text: str) -> int:
    """Bytes in "10m", "64k", "1g" or "100" (powers of 1000, as Docker's max-size); -1 is no limit.

    Raises InvalidError for anything else.
    """
    number = text.strip().lower().removesuffix("b")
    unit = number[-1:] if number[-1:] in ("k", "m", "g", "t") else ""
    try:
        size = float(number.removesuffix(unit)) * _UNITS[unit]
    except ValueError:
        raise _bad("max-size", text, "10m, 512k or 1g") from None
    if size != -1 and not 0 < size < 1 << 62:
        raise _bad("max-size", text, "10m, 512k or 1g")
    return int(size)


def parse_count(text: str) -> int:
    """The number of files in max-file; InvalidError when it is not 1 or more."""
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise _bad("max-file", text, "a number, 1 or more")
    return int(text)


def tag_of(template: str, facts: "Mapping[str, str]") -> str:
    """*template* with each `{{.Field}}` replaced by that of *facts*; InvalidError for another one."""
    head, opening, rest = template.partition("{{")
    if not opening:
        return template
    word, closing, rest = rest.partition("}}")
    name = word.strip().removeprefix(".")
    if not closing or name not in facts:
        fields = " ".join(f"{{{{.{field}}}}}" for field in TAGS)
        raise _bad("tag", template, f"text with {fields}")
    return head + facts[name] + tag_of(rest, facts)
