"""Options of `run` and `create` that make no sense, alone or together."""

from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def check_values(values: "dict[str, Any]", warn: "Callable[[str], None]") -> None:
    """InvalidError, in Docker's words, for what the fields of a RunRequest must not say."""
    _check_modes(values)
    network = values.get("network", "")
    if values.get("remove") and values.get("restart", "no") not in ("", "no"):
        raise _conflict("cannot specify both --restart and --rm")
    if values.get("detach") and values.get("attach"):
        raise _conflict("cannot specify both --attach and --detach")
    if values.get("ports") and network == "host":
        warn("Published ports are discarded when using host network mode")
    if network.startswith("container:"):
        if values.get("ports") or values.get("publish_all"):
            raise _conflict("port publishing and the container type network mode")
        for name in ("hostname", "dns", "add_hosts", "mac_address"):
            if values.get(name):
                raise _conflict(f"{name.replace('_', ' ')} and the network mode")
    if (path := values.get("working_directory", "")) and not path.startswith("/"):
        raise InvalidError(f"the working directory '{path}' is invalid, it needs to be an absolute path")
    if text := values.get("restart", ""):
        check_restart(text)


def check_restart(text: str) -> None:
    """InvalidError when *text* is no restart policy."""
    from pyker.model.restart import parse_policy

    try:
        parse_policy(text)
    except ValueError as error:
        raise InvalidError(str(error), hint="no, on-failure[:N], always, unless-stopped", code=125) from None


def _check_modes(values: "dict[str, Any]") -> None:
    for field, option, name, allowed in (
        ("pid_mode", "pid", "PID", ("host",)),
        ("uts_mode", "uts", "UTS", ("host",)),
        ("ipc_mode", "ipc", "IPC", ("host", "private", "shareable", "none")),
        ("cgroup_mode", "cgroupns", "CGROUP", ("host", "private")),
    ):
        mode = values.get(field, "")
        joins = option != "uts" and mode.startswith("container:") and len(mode) > len("container:")
        if mode and mode not in allowed and not joins:
            raise InvalidError(f"--{option}: invalid {name} mode", code=125)
    _check_words(values)


def _check_words(values: "dict[str, Any]") -> None:
    from pyker.model.port import is_address

    for text in values.get("dns", ()):
        if not is_address(text):
            raise InvalidError(
                f'invalid argument "{text}" for "--dns" flag: IP address is not correctly formatted: {text}',
                code=125,
            )
    if (text := values.get("address", "")) and not is_address(text):
        raise InvalidError(f"invalid IPv4 address: {text}")
    if (text := values.get("mac_address", "")) and not _is_mac(text):
        raise InvalidError(f"{text} is not a valid mac address", code=125)
    if "log_driver" in values or "log_options" in values:
        from pyker.model.log_config import JSON_FILE, check_log

        check_log(values.get("log_driver") or JSON_FILE, dict(values.get("log_options", ())))
    for text in values.get("security", ()):
        if text != "no-new-privileges" and "=" not in text and ":" not in text:
            raise InvalidError(f'Invalid --security-opt: "{text}"', code=125)
    if text := values.get("stop_signal", ""):
        from pyker.engine.signals import signal_number

        signal_number(text)


def _is_mac(text: str) -> bool:
    parts = text.split(":")
    return len(parts) == 6 and all(
        len(part) == 2 and set(part.lower()) <= set("0123456789abcdef") for part in parts
    )


def _conflict(what: str) -> InvalidError:
    return InvalidError(f"conflicting options: {what}", code=125)
