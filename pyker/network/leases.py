"""Leases: who has which address and which ports, one small file each, in the run root.

    <run root>/networks/<network>/lock
                                  network.json       the bridge, derived anew each boot
                                  last               where the search for a free address goes on
                                  leases/<key>       a Lease: the key is its address, or its container

A lease lives as long as its container, or as the process that is starting that container; whoever
finds a dead one may take it. All changes happen under the lock; the firewall is derived from these files.
"""

import os

from pyker.base import jsonfile
from pyker.base.errors import ConflictError, CorruptError
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.kernel.liveness import alive, start_time
from pyker.model.port import PortMapping
from pyker.network.addresses import Subnet, format_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = (0, 0)
ANYWHERE = "0.0.0.0"  # noqa: S104 - what -p without an address means


class Lease(Value):
    """What one container holds of a network."""

    container: str
    address: str = ""
    ports: "tuple[PortMapping, ...]" = ()
    interface: str = ""  # the host's end of the cable
    maker: "tuple[int, int]" = NOBODY  # pid and start time of the process that starts the container
    helper: "tuple[int, int]" = NOBODY  # pid and start time of pasta or slirp4netns

    def document(self) -> "dict[str, object]":
        """The lease as JSON."""
        return {
            "version": 1,
            "container": self.container,
            "address": self.address,
            "ports": [[p.container_port, p.host_ip, p.host_port, p.protocol] for p in self.ports],
            "interface": self.interface,
            "maker": list(self.maker),
            "helper": list(self.helper),
        }


def parse_lease(document: "dict[str, object]") -> Lease:
    """The lease written in *document*; CorruptError when it is none."""
    try:
        ports = tuple(PortMapping(*fields) for fields in document["ports"])  # type: ignore[attr-defined]
        maker, helper = document["maker"], document["helper"]
        return Lease(
            str(document["container"]),
            str(document["address"]),
            ports,
            str(document["interface"]),
            (int(maker[0]), int(maker[1])),  # type: ignore[index]
            (int(helper[0]), int(helper[1])),  # type: ignore[index]
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise CorruptError(f"a lease is damaged: {error}") from error


class Leases:
    """The leases of one network, in *directory*."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._leases = os.path.join(directory, "leases")

    def prepare(self) -> None:
        """Make the directories when they are missing."""
        if not os.path.isdir(self._leases):
            os.makedirs(self._leases, 0o700, exist_ok=True)

    def lock(self) -> Lock:
        """The hold that every change needs; FileNotFoundError before *prepare*."""
        return Lock(os.path.join(self.directory, "lock"))

    def keys(self) -> "list[str]":
        """The keys of all leases; none when the network was never used."""
        try:
            return [key for key in os.listdir(self._leases) if not key.endswith(".tmp")]
        except FileNotFoundError:
            return []

    def read(self, key: str) -> "Lease | None":
        """The lease at *key*; None when there is none, or when it is damaged and so says nothing."""
        try:
            return parse_lease(jsonfile.read(os.path.join(self._leases, key)))
        except (FileNotFoundError, CorruptError):
            return None

    def write(self, key: str, lease: Lease) -> None:
        """Put *lease* at *key*; it need not outlive the boot."""
        jsonfile.write(os.path.join(self._leases, key), lease.document(), durable=False)

    def remove(self, key: str) -> None:
        """Forget the lease at *key*; already gone is fine."""
        try:
            os.unlink(os.path.join(self._leases, key))
        except FileNotFoundError:
            return

    def all(self) -> "dict[str, Lease]":
        """Every readable lease by its key."""
        found = ((key, self.read(key)) for key in self.keys())
        return {key: lease for key, lease in found if lease}

    def used(self) -> bool:
        """Whether this network was prepared in this boot."""
        return os.path.isdir(self._leases)

    def of(self, container: str) -> "dict[str, Lease]":
        """The leases that *container* holds, by key."""
        return {key: lease for key, lease in self.all().items() if lease.container == container}

    def dead(self, living: "Callable[[str], bool]") -> "dict[str, Lease]":
        """The leases nobody living holds, by key; a damaged one, which says nothing, as one of nobody."""
        found = {key: self.read(key) or Lease("") for key in self.keys()}
        return {key: lease for key, lease in found.items() if not (lease.container and held(lease, living))}

    def free_address(self, subnet: Subnet) -> int:
        """An address nobody holds, searched onward from the last one given; 0 when there is none.

        Going onward keeps a fresh container from the address, and so from the traffic, of one just gone.
        """
        taken = set(self.keys())
        usable = subnet.size - 3  # all but the network's, the gateway's and the broadcast address
        last = self._last()
        for step in range(1, usable + 1):
            address = subnet.first + 2 + (last + step - 2) % usable
            if format_address(address) not in taken:
                self._remember(address - subnet.first)
                return address
        return 0

    def _last(self) -> int:
        try:
            return max(1, int(jsonfile.read_bytes(os.path.join(self.directory, "last"), 64)))
        except (OSError, ValueError, CorruptError):
            return 1

    def _remember(self, offset: int) -> None:
        jsonfile.write_bytes(os.path.join(self.directory, "last"), str(offset).encode(), durable=False)


def this_process() -> "tuple[int, int]":
    """The calling process as a lease names its maker."""
    return os.getpid(), start_time(os.getpid())


def held(lease: Lease, living: "Callable[[str], bool]") -> bool:
    """Whether the container of *lease* is alive, or is being started by a process that is."""
    return alive(*lease.maker) or living(lease.container)


def check_ports(leases: "dict[str, Lease]", wanted: "tuple[PortMapping, ...]", container: str) -> None:
    """ConflictError when another living container publishes one of the *wanted* ports.

    The sockets that hold ports die with a killed supervisor, while the container and its rules go on.
    """
    for lease in leases.values():
        for port in lease.ports if lease.container != container else ():
            for other in wanted:
                if other.host_port and _clash(port, other):
                    raise taken(other)


def _clash(one: PortMapping, other: PortMapping) -> bool:
    same = (one.host_port, one.protocol) == (other.host_port, other.protocol)
    anywhere = {"", ANYWHERE}
    return same and (one.host_ip == other.host_ip or bool(anywhere & {one.host_ip, other.host_ip}))


def taken(port: PortMapping) -> ConflictError:
    """Docker's error for a port in use."""
    return ConflictError(
        f"Bind for {port.host_ip or ANYWHERE}:{port.host_port} failed: port is already allocated",
        hint="choose another host port, or 0 for a free one",
    )
