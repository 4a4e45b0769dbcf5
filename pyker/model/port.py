"""Published ports."""

from pyker.base.value import Value


class PortMapping(Value):
    """A port of the host that leads to one of the container."""

    container_port: int
    host_ip: str = ""  # empty: every address
    host_port: int = 0  # 0: pick a free one
    protocol: str = "tcp"
