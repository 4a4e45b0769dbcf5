"""What binds a container to a network, from `create` to the last trace removed.

    attach()   reserves an address and ports before there is a process
    wire()     connects the network namespace of the new process
    release()  undoes both, from any process, after any crash, as often as one likes
    repair()   releases what dead containers left

Modes: `none` (loopback only), `host` and `container:ID` (somebody else's), `bridge` (an address behind
NAT), and for users `pasta` or `slirp4netns`, which carry packets through ordinary sockets. `bridge` asked
for by a user becomes one of these two.
"""

import os

from pyker.base.errors import InvalidError, NotFoundError, UnsupportedError
from pyker.network import inside
from pyker.network.bridge import bridge_leases
from pyker.network.ports import docker_ports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.port import PortMapping

USER_MODES = ("pasta", "slirp4netns")
_WHOLE_HOST = ["0", "0", "4294967295"]  # /proc/self/uid_map where no user namespace was made


class Attachment:
    """A container's place on a network; this one has nothing of its own, others build on it."""

    def __init__(self, mode: str, container: str) -> None:
        self.mode = mode
        self.container = container
        self.ports: tuple[PortMapping, ...] = ()
        self.descriptors: tuple[int, ...] = ()  # what must stay open as long as the container runs

    def wire(self, pid: int) -> None:
        """Connect the network namespace of *pid*; OSError or a PykerError when it cannot be done."""
        if self.mode != "none":
            return
        if in_user_namespace():
            inside.wake_loopback(pid)
        else:
            wake(pid)

    def document(self) -> "dict[str, object]":
        """What `inspect` shows and `release` needs, as JSON."""
        return {
            "Mode": self.mode,
            "Network": self.mode,
            "IPAddress": "",
            "IPPrefixLen": 0,
            "Gateway": "",
            "MacAddress": "",
            "Interface": "",
            "Ports": docker_ports(self.ports),
            "Helper": None,
        }

    def abandon(self) -> None:
        """Close the held descriptors; for a start that failed."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()


def wake(pid: int) -> None:
    """Bring `lo` up in the network namespace of *pid*."""
    from pyker.network import links

    namespace = inside.open_namespace(pid)
    try:
        with inside.enter(namespace) as netlink:
            netlink.request(links.up(links.LOOPBACK))
    finally:
        os.close(namespace)


def in_user_namespace() -> bool:
    """Whether the caller's root is not the machine's: user_namespaces(7)."""
    try:
        with open("/proc/self/uid_map", encoding="utf-8") as file:
            return file.readline().split() != _WHOLE_HOST
    except FileNotFoundError:  # a kernel without user namespaces
        return False


def attach(  # noqa: PLR0913 - the words of a command line
    home: "Home",
    container_id: str,
    mode: str,
    ports: "tuple[PortMapping, ...]" = (),
    *,
    address: str = "",
    mac: str = "",
    alive: "Callable[[str], bool]" = lambda _: True,
    warn: "Callable[[str], None]",
) -> Attachment:
    """Reserve what *container_id* needs for *mode* (empty or `default`: the usual one for this caller).

    *alive* tells of a container id whether it still runs: leases of others may be taken.
    Raises ConflictError (port or address in use), InvalidError, UnsupportedError; nothing is held then.
    """
    user = in_user_namespace()
    if mode in ("none", "host") or mode.startswith("container:"):
        if address or mac:
            raise InvalidError(f"conflicting options: --ip and --mac-address with --network {mode}")
        return Attachment(mode, container_id)
    if mode in USER_MODES or (user and mode in ("", "default", "bridge")):
        from pyker.network.usermode import attach_user_mode

        if address or mac:
            raise UnsupportedError(
                "--ip and --mac-address need a bridge", hint="run as root; users are connected by pasta"
            )
        if mode == "pasta" and not user:
            raise UnsupportedError(
                "pasta networking is only supported for rootless mode", hint="use --network bridge"
            )
        return attach_user_mode(home, container_id, mode, ports, warn=warn)
    if mode in ("", "default", "bridge"):
        from pyker.network.bridged import attach_bridge

        return attach_bridge(home, container_id, ports, address=address, mac=mac, alive=alive, warn=warn)
    raise NotFoundError(
        f"network {mode} not found", hint="networks are: bridge, host, none, pasta, slirp4netns"
    )


def release(home: "Home", container_id: str, document: "dict[str, object] | None" = None) -> None:
    """Give back all that *container_id* holds on any network; nothing held is fine.

    *document* may be what `Attachment.document` told, or nothing: the leases know, too.
    """
    for network in _networks(home):
        _release_from(home, network, container_id)
    helper = (document or {}).get("Helper")
    if isinstance(helper, dict):
        from pyker.network.programs import end

        end(int(helper["Pid"]), int(helper["Started"]))


def _networks(home: "Home") -> "list[str]":
    try:
        return [name for name in os.listdir(home.running("networks")) if name in ("bridge", *USER_MODES)]
    except FileNotFoundError:
        return []


def _release_from(home: "Home", network: str, container_id: str) -> None:
    if network == "bridge":
        from pyker.network.bridged import release_bridge

        release_bridge(home, container_id)
    else:
        from pyker.network.usermode import release_user_mode

        release_user_mode(home, network, container_id)


def repair(home: "Home", alive: "Callable[[str], bool]") -> None:
    """Release what containers hold that are not *alive* and are not being started by a living process."""
    from pyker.network.leases import Leases, held

    for network in _networks(home):
        leases = Leases(home.running("networks", network))
        for lease in leases.all().values():
            if not held(lease, alive):
                _release_from(home, network, lease.container)
        if network == "bridge" and leases.used():
            from pyker.network.bridged import sweep_bridge

            sweep_bridge(home)


def dismantle(home: "Home") -> None:
    """Remove the bridge, the firewall table and the records of a home where no container holds a lease.

    For homes that go away, such as a test's; the usual home keeps its bridge until the next boot.
    """
    if "bridge" in _networks(home) and not bridge_leases(home).keys():
        from pyker.network.bridged import dismantle_bridge

        dismantle_bridge(home)
