"""pasta: the namespace's packets become sockets of the host, at the same layer. See pasta(1).

pasta keeps the network namespace alive as long as it runs. It ends when the name under which it was
given the namespace is deleted. That name is a file of ours, and the namespace is mounted on it only while
pasta starts: without the rights it gives up first, it could not open the one in /proc.
"""

import os

from pyker.base import jsonfile
from pyker.base.errors import UnsupportedError
from pyker.kernel.mounts import BIND, mount, umount
from pyker.network.leases import taken
from pyker.network.programs import find_program, run_quietly

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


def start(directory: str, container: str, pid: int, ports: "tuple[PortMapping, ...]") -> int:
    """Start pasta for the network namespace of *pid*, with *ports* open on the host; its pid.

    Returns when the network is ready. Raises ConflictError when a port is in use, else UnsupportedError.
    """
    forget(directory, container)
    name, record = _paths(directory, container)
    arguments = [find_program("pasta"), *_OPTIONS, *_published(ports), "--pid", record, "--netns", name]
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


def _published(ports: "tuple[PortMapping, ...]") -> "list[str]":
    arguments = []
    for option, protocol in (("--tcp-ports", "tcp"), ("--udp-ports", "udp")):
        chosen = [port for port in ports if port.protocol == protocol]
        words = [f"{port.host_ip}/{port.host_port}:{port.container_port}" for port in chosen]
        arguments += [option, ",".join(words) or "none"]
    return arguments


def _explained(error: Exception, ports: "tuple[PortMapping, ...]") -> Exception:
    text = str(error)
    if "bind" in text.lower():
        for port in ports:
            if str(port.host_port) in text:
                return taken(port)
    return error if isinstance(error, UnsupportedError) else UnsupportedError(f"pasta failed: {text}")


def forget(directory: str, container: str) -> None:
    """Delete the names of a container's pasta, at which it ends."""
    for path in _paths(directory, container):
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
