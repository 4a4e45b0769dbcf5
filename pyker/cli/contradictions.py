"""Options of `run` and `create` that make no sense, alone or together."""

from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def check_values(values: "dict[str, Any]", warn: "Callable[[str], None]") -> None:
    """InvalidError, in Docker's words, for what the fields of a RunRequest must not say."""
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


def check_restart(text: str) -> None:
    """InvalidError when *text* is no restart policy."""
    from pyker.model.restart import parse_policy

    try:
        parse_policy(text)
    except ValueError as error:
        raise InvalidError(str(error), hint="no, on-failure[:N], always, unless-stopped", code=125) from None


def _conflict(what: str) -> InvalidError:
    return InvalidError(f"conflicting options: {what}", code=125)
