"""--ip6 and --storage-opt: understood, and refused for a reason, where nothing here can grant them."""

import ipaddress

from pyker.base.errors import UnsupportedError
from pyker.base.units import parse_bytes
from pyker.cli.values import read_value, read_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments


def read(arguments: "Arguments", _: "dict[str, Any]") -> "dict[str, Any]":
    """Nothing ever; InvalidError for a value that makes no sense, UnsupportedError for any other."""
    if address := read_value(arguments, "ip6", _address, ""):
        raise UnsupportedError(
            f"--ip6 {address}: the networks of pyker carry IPv4",
            hint="leave it out; with --network host the container has the addresses of this machine",
            code=125,
        )
    for size in read_values(arguments, "storage_opt", _size):
        raise UnsupportedError(
            f"--storage-opt size={size}: a container's files cannot be limited in size",
            hint="keep what grows on a volume of its own, or in --tmpfs PATH:size=…",
            code=125,
        )
    return {}


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise ValueError("must be an IPv6 address, as 2001:db8::2") from None


def _size(text: str) -> str:
    name, _, size = text.partition("=")
    if name != "size":
        raise ValueError("must be size=BYTES, the one storage option there is")
    parse_bytes(size)
    return size
