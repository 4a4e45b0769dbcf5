"""A container on the default bridge: an address from the pool, a cable, NAT, published ports."""

import os
import time

from pyker.base.errors import ConflictError, InvalidError
from pyker.network import inside, links
from pyker.network.addresses import format_address, mac_for, parse_address
from pyker.network.attachment import Attachment
from pyker.network.bridge import bridge_leases, bridge_name, ensure_bridge, find_bridge, table_name
from pyker.network.firewall import Firewall
from pyker.network.leases import Lease, Leases, check_ports, held, this_process
from pyker.network.netlink import Netlink, absent
from pyker.network.ports import hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.port import PortMapping
    from pyker.network.bridge import Bridge

CONTAINER_INTERFACE = "eth0"
_PATIENCE, _PAUSE = 0.5, 0.0003  # seconds


class BridgeAttachment(Attachment):
    """A lease on the bridge, to be wired."""

    def __init__(
        self,
        leases: Leases,
        bridge: "Bridge",
        lease: Lease,
        mac: bytes,
        ensure: "Callable[[], Bridge]",
    ) -> None:
        super().__init__("bridge", lease.container)
        self.ports = lease.ports
        self._leases = leases
        self._bridge = bridge
        self._lease = lease
        self._mac = mac
        self._ensure = ensure

    def wire(self, pid: int) -> None:
        """Lay the cable into the network namespace of *pid* and open the published ports."""
        namespace = inside.open_namespace(pid)
        try:
            with inside.enter(namespace) as within, Netlink() as netlink:
                self._plug(netlink, namespace)
                self._configure(within)
                self._open_ports()
                self._await_carrier(netlink)
        finally:
            os.close(namespace)

    def _plug(self, netlink: Netlink, namespace: int) -> None:
        peer = links.Link(0, CONTAINER_INTERFACE, mtu=self._bridge.mtu, mac=self._mac)
        name = self._lease.interface
        more = [links.reflect(name)] if self.ports else []
        try:
            netlink.request(links.veth(name, self._bridge.index, peer, namespace), *more)
        except OSError:
            if not self._bridge_changed():
                raise
            netlink.request(links.veth(name, self._bridge.index, peer, namespace), *more)

    def _bridge_changed(self) -> bool:
        """Whether somebody removed the bridge since it was looked up; it stands again then."""
        before = self._bridge.index
        with self._leases.lock():
            self._bridge = self._ensure()
        return self._bridge.index != before

    def _configure(self, within: Netlink) -> None:
        index = within.index_of(CONTAINER_INTERFACE)
        subnet = self._bridge.subnet
        local = parse_address(self._lease.address).to_bytes(4, "big")
        within.request(
            links.up(links.LOOPBACK),
            links.address(index, local, subnet.prefix),
            links.up(index),
            links.default_route(index, subnet.gateway.to_bytes(4, "big")),
        )

    def _await_carrier(self, netlink: Netlink) -> None:
        cable = netlink.index_of(self._lease.interface)
        deadline = time.monotonic() + _PATIENCE
        while not links.carries(netlink, cable, self._bridge.index) and time.monotonic() < deadline:
            time.sleep(_PAUSE)

    def _open_ports(self) -> None:
        firewall = self._bridge.firewall
        present = firewall.exists()
        if present and not self.ports:
            return
        with self._leases.lock():
            if not present:
                firewall.derive(self._leases.all().values())
            else:
                firewall.publish(self._lease, self._leases.all().values())

    def document(self) -> "dict[str, object]":
        """See Attachment.document."""
        subnet = self._bridge.subnet
        return super().document() | {
            "IPAddress": self._lease.address,
            "IPPrefixLen": subnet.prefix,
            "Gateway": format_address(subnet.gateway),
            "MacAddress": links.format_mac(self._mac),
            "Interface": self._lease.interface,
        }


def attach_bridge(  # noqa: PLR0913 - see attach
    home: "Home",
    container_id: str,
    ports: "tuple[PortMapping, ...]",
    *,
    address: str,
    mac: str,
    alive: "Callable[[str], bool]",
    warn: "Callable[[str], None]",
) -> BridgeAttachment:
    """See attach: a lease on the default bridge of *home*, which is made when it is missing."""
    wanted_mac = links.parse_mac(mac) if mac else b""
    resolved, descriptors = hold(ports)
    try:
        leases = bridge_leases(home)
        leases.prepare()
        with leases.lock():
            bridge = ensure_bridge(home, leases, warn)
            if resolved:
                _check_ports(leases, bridge, resolved, container_id, alive)
            number = _address(leases, bridge, address, alive)
            interface = f"veth{os.urandom(4).hex()}"
            lease = Lease(container_id, format_address(number), resolved, interface, this_process())
            leases.write(lease.address, lease)
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    attachment = BridgeAttachment(
        leases, bridge, lease, wanted_mac or mac_for(number), lambda: ensure_bridge(home, leases, warn)
    )
    attachment.descriptors = descriptors
    return attachment


def _check_ports(
    leases: Leases,
    bridge: "Bridge",
    wanted: "tuple[PortMapping, ...]",
    container: str,
    alive: "Callable[[str], bool]",
) -> None:
    try:
        check_ports(leases.all(), wanted, container)
    except ConflictError:
        _give_up(leases, bridge.firewall, leases.dead(alive))
        check_ports(leases.all(), wanted, container)


def _address(leases: Leases, bridge: "Bridge", asked: str, alive: "Callable[[str], bool]") -> int:
    """The address *asked* for, or a free one; leases of the dead are taken when nothing else is left."""
    if asked:
        return _asked_address(leases, bridge, asked, alive)
    number = leases.free_address(bridge.subnet)
    if not number and (dead := leases.dead(alive)):
        _give_up(leases, bridge.firewall, dead)
        number = leases.free_address(bridge.subnet)
    if not number:
        raise ConflictError(
            f"no available IPv4 addresses on this network's address pool: bridge ({bridge.subnet})"
        )
    return number


def _asked_address(leases: Leases, bridge: "Bridge", asked: str, alive: "Callable[[str], bool]") -> int:
    number, subnet = parse_address(asked), bridge.subnet
    if number not in subnet or number in (subnet.first, subnet.gateway, subnet.first + subnet.size - 1):
        raise InvalidError(
            f"Invalid address {asked}: It does not belong to any of this network's subnets",
            hint=f"the default bridge has {subnet}; its first, second and last addresses are taken",
        )
    holder = leases.read(asked)
    if holder and held(holder, alive):
        raise ConflictError(
            "Address already in use", hint=f"{asked} belongs to container {holder.container[:12]}"
        )
    if holder:
        _give_up(leases, bridge.firewall, {asked: holder})
    return number


def release_bridge(home: "Home", container_id: str) -> None:
    """Give back what *container_id* holds on the bridge.

    The cable is left to the kernel, which removes it with the namespace: to ask for it would cost 25 ms of
    grace periods. Until then no newcomer meets the old address, because addresses are given onward.
    """
    leases = bridge_leases(home)
    if not leases.of(container_id):
        return
    with leases.lock():
        _give_up(leases, _firewall(home), leases.of(container_id))


def _give_up(leases: Leases, firewall: Firewall, gone: "dict[str, Lease]") -> None:
    """Close the ports of the leases that are to be *gone*, then forget these: a crash between is mended."""
    rest = [lease for key, lease in leases.all().items() if key not in gone]
    for lease in gone.values():
        if lease.ports:
            firewall.withdraw(lease, rest)
    for key in gone:
        leases.remove(key)


def _firewall(home: "Home") -> Firewall:
    bridge = find_bridge(home)
    return bridge.firewall if bridge else Firewall(table_name(home), bridge_name(home), "0.0.0.0/32")


def sweep_bridge(home: "Home") -> None:
    """Delete cables of containers that hold no lease any more, where something kept their namespace alive."""
    leases = bridge_leases(home)
    with leases.lock(), Netlink() as netlink:
        bridge = find_bridge(home)
        wanted = {lease.interface for lease in leases.all().values()}
        for link in links.plugged(netlink, bridge.index) if bridge else ():
            if link.name not in wanted:
                _delete(netlink, link.index)


def _delete(netlink: Netlink, index: int) -> None:
    try:
        netlink.request(links.delete(index))
    except OSError as error:
        if not absent(error):  # gone with its namespace in the meantime
            raise


def dismantle_bridge(home: "Home") -> None:
    """See dismantle."""
    from pyker.kernel.tree import remove_tree
    from pyker.network.bridge_setup import remove_bridge

    leases = bridge_leases(home)
    with leases.lock():
        if leases.keys():
            return
        _firewall(home).remove()
        remove_bridge(bridge_name(home))
        remove_tree(leases.directory)
