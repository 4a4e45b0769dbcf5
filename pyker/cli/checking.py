"""Whether the values of options are what the options take: what is plainly right costs nothing here."""

from pyker.base.errors import PykerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.cli.parse import Arguments

    Reader = Callable[[Arguments], dict[str, Any]]

CHECKED = frozenset(
    (
        *("network", "ip", "mac_address", "dns", "dns_option", "dns_search", "hostname", "domainname"),
        *("pid", "ipc", "uts", "cgroupns", "cap_add", "cap_drop", "group_add", "security_opt"),
        *("stop_signal", "restart", "platform", "workdir", "cidfile", "detach_keys", "name", "log_driver"),
    )
)
NETWORKS = ("none", "host", "bridge")


def check(arguments: "Arguments") -> None:
    """Look closer at what is not plainly right; InvalidError naming option, value and what is allowed."""
    names = [name for name in arguments.options if name in CHECKED and not _is_plain(name, arguments)]
    if names:
        from pyker.cli.allowed import check_options

        check_options(arguments, names)


def _is_plain(name: str, arguments: "Arguments") -> bool:
    text = arguments.text(name)
    if name == "network":
        return text in NETWORKS
    if name in ("name", "hostname"):
        return text.isascii() and text.isalnum() and len(text) < 64
    return name == "workdir" and text.startswith("/")


def told(arguments: "Arguments", name: str, read: "Reader") -> "dict[str, Any]":
    """What *read* makes of option *name*; an error names the option, the value and what is allowed."""
    try:
        return read(arguments)
    except PykerError as error:
        from pyker.cli.allowed import explained

        raise explained(arguments, name, error) from None
