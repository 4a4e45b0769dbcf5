"""pasta: the namespace's packets become sockets of the host, at the same layer. See pasta(1).

pasta keeps the network namespace alive as long as it runs. It ends when the name under which it was
given the namespace is deleted. That name is a file of ours, and the namespace is mounted on it only while
pasta starts: without the rights it gives up first, it could not open the one in /proc.

The pasta of Debian 12 loses the answers to the host's loopback of a UDP port that it gives another number.
So it does not: a rule inside the namespace does.
"""

import os

from pyker.base import jsonfile
from pyker.base.errors import UnsupportedError
from pyker.kernel.mounts import BIND, mount, umount
from pyker.network.inside import open_namespace
from pyker.network.leases import taken
from pyker.network.programs import feed, find_program, run_quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.port import PortMapping

_OPTIONS = [
    "--config-net",
    "--quiet",
    "--ipv4-only",
    "--no-map-gw",
    "--ns-ifname",
    "eth0",
    "--address",
    "10.0.2.100",
    "--netmask",
    "24",
    "--gateway",
    "10.0.2.2",
    "--dns-forward",
    "10.0.2.3",
    "--tcp-ns",
    "none",
    "--udp-ns",
    "none",
]
_RENUMBER = """\
table ip pyker {{
    map published {{
        type inet_service : inet_service
        elements = {{ {pairs} }}
    }}
    chain prerouting {{
        type nat hook prerouting priority dstnat; policy accept;
        iifname "eth0" meta l4proto udp redirect to :udp dport map @published
    }}
    chain output {{
        type nat hook output priority -100; policy accept;
        oifname "lo" meta l4proto udp redirect to :udp dport map @published
    }}
}}
"""


def start(directory: str, container: str, pid: int, ports: "tuple[PortMapping, ...]") -> int:
    """Start pasta for the network namespace of *pid*, with *ports* open on the host; its pid.

    Returns when the network is ready. Raises ConflictError when a port is in use, else UnsupportedError.
    """
    forget(directory, container)
    name, record = _paths(directory, container)
    published = _published(ports, renumber=not _renumbered(pid, ports))
    arguments = [find_program("pasta"), *_OPTIONS, *published, "--pid", record, "--netns", name]
    try:
        _with_namespace(pid, name, arguments)
        return int(jsonfile.read_bytes(record, 32))
    except (UnsupportedError, OSError, ValueError) as error:
        forget(directory, container)
        raise _explained(error, ports) from error


def _with_namespace(pid: int, name: str, arguments: "list[str]") -> None:
    """Run a program while the file *name* is the network namespace of *pid*; the file stays, empty."""
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    mount(f"/proc/{pid}/ns/net", name, flags=BIND)
    try:
        run_quietly(arguments)
    finally:
        umount(name)


def _paths(directory: str, container: str) -> "tuple[str, str]":
    return os.path.join(directory, f"{container}.ns"), os.path.join(directory, f"{container}.pid")


def _published(ports: "tuple[PortMapping, ...]", *, renumber: bool) -> "list[str]":
    """The options for *ports*; without *renumber* UDP ports keep the host's number."""
    protocols = {port.protocol for port in ports}
    words = [f"--{protocol}-ports=none" for protocol in ("tcp", "udp") if protocol not in protocols]
    for port in ports:
        inside = port.container_port if renumber or port.protocol == "tcp" else port.host_port
        words.append(f"--{port.protocol}-ports={port.host_ip}/{port.host_port}:{inside}")
    return words


def _renumbered(pid: int, ports: "tuple[PortMapping, ...]") -> bool:
    """Whether the namespace of *pid* itself leads UDP packets from the host's numbers to the container's.

    Not where no number differs, where one number would lead to two, nor where nft is missing or fails.
    """
    udp = {(port.host_port, port.container_port) for port in ports if port.protocol == "udp"}
    numbers = dict(udp)
    if len(numbers) < len(udp) or all(outer == inner for outer, inner in udp):
        return False
    pairs = ", ".join(f"{outer} : {inner}" for outer, inner in sorted(numbers.items()))
    namespace = open_namespace(pid)
    try:
        feed(find_program("nft"), _RENUMBER.format(pairs=pairs), namespace)
    except UnsupportedError:
        return False
    finally:
        os.close(namespace)
    return True


def _explained(error: Exception, ports: "tuple[PortMapping, ...]") -> Exception:
    text = str(error)
    if "bind" in text.lower():
        for port in ports:
            if str(port.host_port) in text:
                return taken(port)
    words = text.rpartition(" to syslog ")[2].removeprefix(
        "pasta failed: "
    )  # it tells where it could not log
    return UnsupportedError(f"pasta failed: {words}")


def forget(directory: str, container: str) -> None:
    """Delete the names of a container's pasta, at which it ends."""
    for path in _paths(directory, container):
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
