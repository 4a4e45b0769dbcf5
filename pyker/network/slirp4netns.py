"""slirp4netns: a TCP/IP stack in a process, behind a tap device in the namespace. See slirp4netns(1)."""

import _socket
import os
import select

from pyker.base import jsonfile
from pyker.base.errors import UnsupportedError
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.network.leases import taken
from pyker.network.programs import find_program, in_memory, said, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.port import PortMapping

_OPTIONS = ["--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path"]
_PATIENCE = 10.0  # seconds; it needs some milliseconds
_SIGKILL = 9
_ANSWER_BYTES = 4096


def start(directory: str, container: str, pid: int, ports: "tuple[PortMapping, ...]") -> int:
    """Start slirp4netns for the network namespace of *pid*, with *ports* open on the host; its pid.

    Returns when the network is ready. Raises ConflictError when a port is in use, else UnsupportedError.
    """
    forget(directory, container)
    place = os.open(directory, CLOEXEC_DIRECTORY)
    try:
        api = f"/proc/self/fd/{place}/{_socket_name(container)}"  # however long the directory's own path is
        helper = _launch(pid, api, place)
        try:
            for port in ports:
                _forward(api, port)
        except BaseException:
            _end(helper)
            raise
        return helper
    finally:
        os.close(place)
        forget(directory, container)  # the socket has done its work


def _socket_name(container: str) -> str:
    return f"{container[:12]}.sock"


def _launch(pid: int, api: str, place: int) -> int:
    """Start the program and wait until it says that the network is ready."""
    program = find_program("slirp4netns")
    complaint = in_memory(b"")
    ready, announce = os.pipe2(os.O_CLOEXEC)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        words = [f"--ready-fd={announce}", f"--api-socket={api}", f"/proc/{pid}/ns/net", "eth0"]
        helper = spawn([program, *_OPTIONS, *words], (nothing, complaint, complaint), (announce, place))
        os.close(announce)
        announce = -1
        if not _announced(ready):
            _end(helper)
            raise UnsupportedError(f"slirp4netns failed: {said(complaint)}")
        return helper
    finally:
        for descriptor in (complaint, ready, announce, nothing):
            if descriptor >= 0:
                os.close(descriptor)


def _announced(ready: int) -> bool:
    """Whether the word came; not when the pipe closed without it, nor when the time is over."""
    return bool(select.select([ready], [], [], _PATIENCE)[0]) and os.read(ready, 1) == b"1"


def _end(helper: int) -> None:
    os.kill(helper, _SIGKILL)
    os.waitpid(helper, 0)


def _forward(api: str, port: "PortMapping") -> None:
    """Ask for one published port; see "API SOCKET" in slirp4netns(1)."""
    request = {
        "execute": "add_hostfwd",
        "arguments": {
            "proto": port.protocol,
            "host_addr": port.host_ip,
            "host_port": port.host_port,
            "guest_addr": "10.0.2.100",
            "guest_port": port.container_port,
        },
    }
    client = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | os.O_CLOEXEC, 0)
    try:
        client.settimeout(_PATIENCE)
        client.connect(api)
        client.sendall(jsonfile.dumps(request).encode())
        client.shutdown(_socket.SHUT_WR)
        answer = jsonfile.loads(client.recv(_ANSWER_BYTES))
    except (OSError, ValueError) as error:
        raise UnsupportedError(f"slirp4netns does not publish port {port.host_port}: {error}") from error
    finally:
        client.close()
    if "error" in answer:
        raise taken(port)


def forget(directory: str, container: str) -> None:
    """Delete the name of a container's control socket."""
    try:
        os.unlink(os.path.join(directory, _socket_name(container)))
    except FileNotFoundError:
        return
