"""The options of `run` and `create` about a container's health, how long it may live and as which process."""

import os

from pyker.base.errors import InvalidError
from pyker.base.units import parse_duration
from pyker.cli.numbers import bad_option, whole_number
from pyker.model.health import ON_FAILURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

_TIMES = {
    "health_interval": "Interval",
    "health_timeout": "Timeout",
    "health_start_period": "StartPeriod",
    "health_start_interval": "StartInterval",
}
_LEAST = 1e-3  # seconds


def read(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError for a value that makes no sense."""
    check = _check(arguments)
    life: "dict[str, Any]" = {}
    if action := _action(arguments, values):
        life["HealthcheckOnFailureAction"] = action
    if limit := whole_number(arguments, "timeout", 0):
        if limit < 0:
            raise bad_option(arguments, "timeout", "it cannot be negative")
        life["Timeout"] = limit
    if arguments.given("sdnotify"):
        life["SdNotifyMode"] = _notify_mode(arguments, check)
    if path := arguments.text("pidfile"):
        life["PidFile"] = os.path.abspath(path)
    required = tuple(word for text in arguments.many("requires") for word in text.split(",") if word)
    if arguments.flag("replace") and not values.get("name"):
        raise InvalidError("cannot replace container without --name being set", code=125)
    return {
        "healthcheck": tuple(check.items()),
        "life": tuple(life.items()),
        "requires": required,
        "replacing": arguments.flag("replace"),
    }


def _notify_mode(arguments: "Arguments", check: "dict[str, Any]") -> str:
    from pyker.engine.notify import MODES

    mode = arguments.text("sdnotify")
    if mode not in MODES:
        raise bad_option(arguments, "sdnotify", f"must be one of {', '.join(MODES)}")
    if mode == "healthy" and not check.get("Test"):
        raise InvalidError("--sdnotify=healthy needs a health check", hint="add --health-cmd", code=125)
    return mode


def _check(arguments: "Arguments") -> "dict[str, Any]":
    """Docker's Healthcheck, what was said of it."""
    check: "dict[str, Any]" = {}
    if command := arguments.text("health_cmd"):
        check["Test"] = _test(command)
    for option, key in _TIMES.items():
        if arguments.given(option) and (nanoseconds := _nanoseconds(arguments, option, key)):
            check[key] = nanoseconds
    if retries := whole_number(arguments, "health_retries", 0):
        if retries < 0:
            raise InvalidError("--health-retries cannot be negative", code=125)
        check["Retries"] = retries
    if not arguments.flag("no_healthcheck"):
        return check
    if check:
        raise InvalidError("--no-healthcheck conflicts with --health-* options", code=125)
    return {"Test": ["NONE"]}


def _test(command: str) -> "list[str]":
    """A command for the shell; as Podman has it also none, or a JSON list as in a Containerfile."""
    from pyker.base.jsonfile import loads

    if command.lower() == "none":
        return ["NONE"]
    if not command.startswith("["):
        return ["CMD-SHELL", command]
    try:
        words = loads(command.encode())
    except ValueError:
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or not words:
        return ["CMD-SHELL", command]
    return words if words[0] in ("CMD", "CMD-SHELL", "NONE") else ["CMD", *words]


def _nanoseconds(arguments: "Arguments", option: str, key: str) -> int:
    text = arguments.text(option)
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise bad_option(arguments, option, str(error)) from None
    if seconds < 0:
        raise InvalidError(f"--{option.replace('_', '-')} cannot be negative", code=125)
    if 0 < seconds < _LEAST:
        raise InvalidError(f"{key} in Healthcheck cannot be less than 1ms", hint=f"you gave {text}", code=125)
    return round(seconds * 10**9)


def _action(arguments: "Arguments", values: "dict[str, Any]") -> str:
    action = arguments.text("health_on_failure")
    if arguments.given("health_on_failure") and action not in ON_FAILURE:
        raise bad_option(arguments, "health_on_failure", f"must be one of {', '.join(ON_FAILURE)}")
    if action == "restart" and values.get("restart", "no") not in ("", "no"):
        raise InvalidError("conflicting options: --health-on-failure=restart and --restart", code=125)
    if action not in ("", "none") and arguments.flag("no_healthcheck"):
        raise InvalidError("--health-on-failure needs a health check", code=125)
    return "" if action == "none" else action
