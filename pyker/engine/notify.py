"""Telling systemd that a container is ready: sd_notify(3), when $NOTIFY_SOCKET was set where it was started.

The container cannot speak to that socket itself: its processes are no longer in the unit's control group.
So its supervisor, which is, listens for it and passes on what may concern a container.
"""

import _socket
import os

from pyker.kernel.sockets import receive
from pyker.supervisor.duty import Duty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container as Holder
    from typing import Any

INSIDE = "/run/notify"
SOCKET = "notify.sock"
MODES = ("container", "conmon", "healthy", "ignore")
PASSED = (b"READY=", b"RELOADING=", b"STOPPING=", b"STATUS=", b"ERRNO=", b"BUSERROR=", b"WATCHDOG=",
          b"EXTEND_TIMEOUT_USEC=", b"MONOTONIC_USEC=")  # fmt: skip
LARGEST = 1 << 16


def wanted(config: "dict[str, Any]") -> str:
    """The mode in which somebody is to be told of the container of *config*, "" when nobody is."""
    mode = str(config.get("SdNotifyMode") or "container")
    return mode if os.environ.get("NOTIFY_SOCKET") and mode != "ignore" else ""


def tell(address: str, *words: str) -> None:
    """Send *words* to the socket at *address*; nobody there is no failure."""
    _send(address, "\n".join(words).encode())


def _send(address: str, data: bytes) -> None:
    end = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
    try:
        end.sendto(data, _socket.MSG_NOSIGNAL | _socket.MSG_DONTWAIT, _abstract(address))
    except OSError:
        return
    finally:
        end.close()


def _abstract(address: str) -> str:
    return "\0" + address[1:] if address.startswith("@") else address


def prepare(spec: "dict[str, Any]", directory: str) -> int:
    """Make a socket in *directory* and show it to the container that *spec* will be; its descriptor."""
    place = f"{directory}/notify"
    os.makedirs(place, 0o755, exist_ok=True)
    os.chmod(place, 0o755)  # noqa: S103 - the container's users pass through it
    path = f"{place}/{SOCKET}"
    if os.path.lexists(path):
        os.unlink(path)
    descriptor = receive(path)  # whoever runs in the container may say that it is ready
    options = ["bind", "nosuid", "nodev", "noexec", "rprivate"]
    spec["mounts"].append({"destination": INSIDE, "type": "bind", "source": place, "options": options})
    spec["process"]["env"] = [*spec["process"]["env"], f"NOTIFY_SOCKET={INSIDE}/{SOCKET}"]
    return descriptor


class Messenger(Duty):
    """Passes on what the container says, as long as it lives."""

    def __init__(self, descriptor: int, address: str) -> None:
        self.descriptor = descriptor
        self.address = address

    def watched(self) -> "tuple[int, ...]":
        """Where the container speaks."""
        return (self.descriptor,)

    def may_sleep(self) -> bool:
        """Never: what it says next may be that it is ready."""
        return False

    def act(self, ready: "Holder[int]", now: float) -> None:  # noqa: ARG002 - a Duty's words
        """Pass one message on, without what would let a container speak for the unit."""
        try:
            data = os.read(self.descriptor, LARGEST)
        except OSError:
            return
        lines = [line for line in data.split(b"\n") if line.startswith(PASSED)]
        if lines:
            _send(self.address, b"\n".join(lines))

    def close(self) -> None:
        """The container has ended."""
        os.close(self.descriptor)
