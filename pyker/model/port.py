"""Published ports, and how `-p` and `--expose` are read."""

import _socket

from pyker.base.value import Value

PROTOCOLS = ("tcp", "udp")
LAST = 65535


class PortMapping(Value):
    """A port of the host that leads to one of the container."""

    container_port: int
    host_ip: str = ""  # empty: every address
    host_port: int = 0  # 0: pick a free one
    protocol: str = "tcp"


def parse_publish(text: str) -> "tuple[PortMapping, ...]":
    """The mappings that `-p [[ip:]host:]container[/protocol]` asks for, ranges taken apart.

    Raises ValueError in Docker's words.
    """
    ports, _, protocol = text.partition("/")
    protocol = _protocol(protocol)
    address, host, inner = _split(ports)
    if not inner:
        raise ValueError(f"no port specified: {text}<empty>")
    first, last = _range(inner, "containerPort")
    if not host:
        return tuple(PortMapping(port, address, 0, protocol) for port in range(first, last + 1))
    host_first, host_last = (0, 0) if host == "0" else _range(host, "hostPort")
    if host_first == 0 or first == last:  # a range of the host for one port: the first of it
        return tuple(PortMapping(port, address, host_first, protocol) for port in range(first, last + 1))
    if host_last - host_first != last - first:
        raise ValueError(f"invalid ranges specified for container and host Ports: {inner} and {host}")
    step = host_first - first
    return tuple(PortMapping(port, address, port + step, protocol) for port in range(first, last + 1))


def _split(text: str) -> "tuple[str, str, str]":
    """Address, host port and container port; whatever is before the last two colons is the address."""
    ahead, _, inner = text.rpartition(":")
    address, _, host = ahead.rpartition(":")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    if address and not is_address(address):
        raise ValueError(f"invalid IP address: {address}")
    return address, host, inner


def _protocol(text: str) -> str:
    protocol = (text or "tcp").lower()
    if protocol not in PROTOCOLS:
        raise ValueError(f"invalid proto: {text}")
    return protocol


def _range(text: str, what: str) -> "tuple[int, int]":
    first, dash, last = text.partition("-")
    numbers = (first, last if dash else first)
    if not all(one.isascii() and one.isdecimal() and len(one) < 8 for one in numbers):
        raise ValueError(f"invalid {what}: {text}")
    start, end = int(numbers[0]), int(numbers[1])
    if not 0 < start <= end <= LAST:
        raise ValueError(f"invalid {what}: {text}")
    return start, end


def is_address(text: str) -> bool:
    """Whether *text* is an IPv4 or IPv6 address."""
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False


def parse_expose(text: str) -> "tuple[str, ...]":
    """The "port/protocol" words that `--expose` asks for; ValueError in Docker's words."""
    ports, _, protocol = text.partition("/")
    try:
        first, last = _range(ports, "port")
        protocol = _protocol(protocol)
    except ValueError as error:
        raise ValueError(f"invalid range format for --expose: {text}, error: {error}") from None
    return tuple(f"{port}/{protocol}" for port in range(first, last + 1))
