"""Ports of the host, held by bound sockets: whoever has the socket has the port.

The sockets never answer (the firewall leads the packets away before); they make a second user of the
port fail at once, pyker or not, and they let the kernel choose when any port will do.
"""

import _socket
import errno

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.network.addresses import parse_address
from pyker.network.leases import ANYWHERE, taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.port import PortMapping

_CLOEXEC = 0o2000000
_KINDS = {"tcp": _socket.SOCK_STREAM, "udp": _socket.SOCK_DGRAM}


def hold(ports: "tuple[PortMapping, ...]") -> "tuple[tuple[PortMapping, ...], tuple[int, ...]]":
    """Bind every one of *ports*; the mappings with address and port filled in, and the descriptors.

    Raises ConflictError when a port is in use, InvalidError when the address is not this host's,
    UnsupportedError when the caller may not have the port; nothing is held then.
    """
    resolved: list[PortMapping] = []
    sockets: list[_socket.socket] = []
    try:
        for port in ports:
            sockets.append(_bound(port))
            number = sockets[-1].getsockname()[1]
            resolved.append(port.replace(host_ip=port.host_ip or ANYWHERE, host_port=number))
    except BaseException:
        for each in sockets:
            each.close()
        raise
    return tuple(resolved), tuple(each.detach() for each in sockets)


def _bound(port: "PortMapping") -> _socket.socket:
    check(port)
    holder = _socket.socket(_socket.AF_INET, _KINDS[port.protocol] | _CLOEXEC, 0)
    try:
        if port.protocol == "tcp":  # connections of an earlier user that linger are no conflict
            holder.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        holder.bind((port.host_ip or ANYWHERE, port.host_port))
        if port.protocol == "tcp":  # only a listening socket keeps others with SO_REUSEADDR away
            holder.listen(1)
    except OSError as error:
        holder.close()
        raise _explained(port, error) from error
    return holder


def check(port: "PortMapping") -> None:
    """InvalidError or UnsupportedError for a mapping that cannot be made on any host."""
    if port.protocol not in _KINDS:
        raise UnsupportedError(f"publishing {port.protocol} ports is not supported, only tcp and udp")
    if ":" in port.host_ip:
        raise UnsupportedError(f"publishing on the IPv6 address {port.host_ip} is not supported")
    if port.host_ip:
        parse_address(port.host_ip)
    if not (0 < port.container_port < 65536 and 0 <= port.host_port < 65536):
        raise InvalidError(f"invalid port mapping {port.host_port}:{port.container_port}/{port.protocol}")


def _explained(port: "PortMapping", error: OSError) -> Exception:
    where = f"{port.host_ip or ANYWHERE}:{port.host_port}"
    if error.errno == errno.EADDRINUSE:
        return taken(port)
    if error.errno == errno.EADDRNOTAVAIL:
        return InvalidError(
            f"Bind for {where} failed: cannot assign requested address",
            hint="the address must be one of this host's: see `ip address`",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return UnsupportedError(
            f"cannot expose privileged port {port.host_port}: permission denied",
            hint="choose a port from 1024 up, or let root set net.ipv4.ip_unprivileged_port_start",
        )
    return UnsupportedError(f"Bind for {where} failed: {error.strerror}")


def docker_ports(ports: "tuple[PortMapping, ...]") -> "dict[str, list[dict[str, str]]]":
    """The mappings as `NetworkSettings.Ports` shows them."""
    table: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        entry = {"HostIp": port.host_ip or ANYWHERE, "HostPort": str(port.host_port)}
        table.setdefault(f"{port.container_port}/{port.protocol}", []).append(entry)
    return table
