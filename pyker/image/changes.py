"""Containerfile instructions that change an image's config: what `import -c` and `commit -c` take.

The result follows OCI image-spec config.md, with Docker's extra keys (Healthcheck, OnBuild) in its spelling.
"""

from pyker.base import jsonfile
from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Settings = dict[str, Any]


def apply_changes(settings: "Settings", changes: "Iterable[str]") -> "Settings":
    """*settings* (the `config` of an image config) after *changes*; InvalidError for a bad one."""
    result = dict(settings)
    for change in changes:
        word, _, rest = change.strip().partition(" ")
        apply = _INSTRUCTIONS.get(word.upper())
        if apply is None:
            known = " ".join(_INSTRUCTIONS)
            raise InvalidError(f"{word.upper()!r} is not a valid change command", hint=f"one of {known}")
        if not rest.strip():
            raise InvalidError(f"{word.upper()} requires at least one argument", hint=f"you typed {change!r}")
        apply(result, rest.strip())
    return result


def _command(text: str) -> "list[str]":
    """The exec form `["a", "b"]`, else the shell form."""
    if text.startswith("["):
        try:
            words = jsonfile.loads(text)
        except ValueError:
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return words
    return ["/bin/sh", "-c", text]


def _cmd(settings: "Settings", text: str) -> None:
    settings["Cmd"] = _command(text)


def _entrypoint(settings: "Settings", text: str) -> None:
    settings["Entrypoint"] = _command(text)


def words(text: str) -> "list[str]":
    """*text* split at blanks, with quotes and backslashes as a shell reads them."""
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise InvalidError(f"cannot read {text!r}: {error}") from error


def _pairs(text: str) -> "list[tuple[str, str]]":
    """`K=V …`, or the old form `K the rest`."""
    first = text.split(None, 1)[0]
    if "=" not in first:
        key, _, value = text.partition(" ")
        if not value.strip():
            raise InvalidError(f"{text!r} must be of the form: name=value")
        return [(key, value.strip())]
    pairs = [word.partition("=") for word in words(text)]
    if bad := [key for key, equals, _ in pairs if not equals or not key]:
        raise InvalidError(f"{bad[0]!r} must be of the form: name=value")
    return [(key, value) for key, _, value in pairs]


def _env(settings: "Settings", text: str) -> None:
    names = dict(entry.partition("=")[::2] for entry in settings.get("Env") or [])
    names.update(_pairs(text))
    settings["Env"] = [f"{key}={value}" for key, value in names.items()]


def _label(settings: "Settings", text: str) -> None:
    settings["Labels"] = {**(settings.get("Labels") or {}), **dict(_pairs(text))}


def _expose(settings: "Settings", text: str) -> None:
    ports = dict(settings.get("ExposedPorts") or {})
    for word in words(text):
        ports.update({port: {} for port in _exposed(word)})
    settings["ExposedPorts"] = ports


def _exposed(word: str) -> "list[str]":
    """`80`, `53/udp` or `8000-8003/tcp` as the keys Docker writes."""
    span, _, protocol = word.partition("/")
    low, dash, high = span.partition("-")
    first, last = _port(low, word), _port(high if dash else low, word)
    if first > last or protocol.lower() not in ("", "tcp", "udp", "sctp"):
        raise InvalidError(f"invalid containerPort: {word}")
    return [f"{port}/{protocol.lower() or 'tcp'}" for port in range(first, last + 1)]


def _port(text: str, word: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise InvalidError(f"invalid containerPort: {word}")
    return int(text)


def _user(settings: "Settings", text: str) -> None:
    settings["User"] = text


def _workdir(settings: "Settings", text: str) -> None:
    import posixpath

    settings["WorkingDir"] = posixpath.normpath(posixpath.join(settings.get("WorkingDir") or "/", text))


def _volume(settings: "Settings", text: str) -> None:
    paths = _command(text) if text.startswith("[") else words(text)
    if any(not path.strip() for path in paths):
        raise InvalidError("VOLUME specified can not be an empty string")
    settings["Volumes"] = {**(settings.get("Volumes") or {}), **{path: {} for path in paths}}


def _stopsignal(settings: "Settings", text: str) -> None:
    import signal

    name = text.upper() if text.upper().startswith("SIG") else f"SIG{text.upper()}"
    if not (text.isdigit() and 0 < int(text) < 65) and name not in signal.Signals.__members__:
        raise InvalidError(f"invalid signal: {text}")
    settings["StopSignal"] = text


def _onbuild(settings: "Settings", text: str) -> None:
    word = text.split()[0].upper()
    if word in ("ONBUILD", "FROM", "MAINTAINER"):
        raise InvalidError(f"{word} isn't allowed as an ONBUILD trigger")
    settings["OnBuild"] = [*(settings.get("OnBuild") or []), text]


_TIMES = {"--interval": "Interval", "--timeout": "Timeout", "--start-period": "StartPeriod"}


def _healthcheck(settings: "Settings", text: str) -> None:
    check: "Settings" = {}
    while text.startswith("--"):
        option, _, text = text.partition(" ")
        name, _, value = option.partition("=")
        if name == "--retries" and value.isdigit():
            check["Retries"] = int(value)
        elif name in _TIMES:
            check[_TIMES[name]] = nanoseconds(value)
        else:
            raise InvalidError(f"unknown flag for HEALTHCHECK: {option}")
        text = text.strip()
    kind, _, command = text.partition(" ")
    if kind.upper() == "NONE" and not command:
        settings["Healthcheck"] = {"Test": ["NONE"]}
        return
    if kind.upper() != "CMD" or not command.strip():
        raise InvalidError(f"unknown type {kind!r} in HEALTHCHECK", hint="HEALTHCHECK CMD command, or NONE")
    check["Test"] = _health_test(command.strip())
    settings["Healthcheck"] = check


def _health_test(command: str) -> "list[str]":
    parsed = _command(command)
    return ["CMD-SHELL", command] if parsed[:2] == ["/bin/sh", "-c"] else ["CMD", *parsed]


_UNITS = {"ns": 1, "us": 1000, "µs": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def nanoseconds(text: str) -> int:
    """A Go duration, `1m30s` or `500ms`; InvalidError when it is none, or below 1 ms."""
    import re

    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", text)
    if not parts or "".join(map("".join, parts)) != text:
        raise InvalidError(f"invalid duration {text!r}", hint="write it as 30s or 1m30s")
    total = sum(int(float(count) * _UNITS[unit]) for count, unit in parts)
    if total and total < 10**6:
        raise InvalidError(f"duration {text!r} cannot be less than 1ms")
    return total


_INSTRUCTIONS: "dict[str, Callable[[Settings, str], None]]" = {
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "ONBUILD": _onbuild,
    "STOPSIGNAL": _stopsignal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
