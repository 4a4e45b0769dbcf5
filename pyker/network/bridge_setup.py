"""Making a bridge and choosing its subnet: rare, so by pyroute2."""

import os

from pyroute2 import IPRoute, NetlinkError

from pyker.base.locks import Lock
from pyker.network.addresses import Subnet, format_address, free_subnet, mac_for, parse_subnet
from pyker.network.links import format_mac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HOST_LOCK = "/run/pyker-networks.lock"  # subnets belong to the host, whatever home asks for them
_USUAL_MTU = 1500
_ALIAS_BYTES = 255  # IFALIASZ without its NUL


def create_bridge(name: str, owner: str, preferred: str = "") -> "tuple[Subnet, int]":
    """Make bridge *name* with the gateway address of a free subnet (*preferred* when it is free), up.

    *owner*, a run root, is noted on it. Returns the subnet and the MTU of the way out. A bridge of that
    name is taken over as it stands when it has an address. Bridges of homes that are gone are removed.
    Raises OSError as the kernel says, InvalidError when no subnet is free.
    """
    with Lock(_HOST_LOCK), IPRoute() as netlink:
        try:
            _sweep(netlink)
            return _make(netlink, name, owner, preferred)
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code), name) from error


def _make(netlink: "Any", name: str, owner: str, preferred: str) -> "tuple[Subnet, int]":
    found = netlink.link_lookup(ifname=name)
    subnet = (_subnet_of(netlink, found[0]) if found else None) or _choose(netlink, preferred)
    index = _make_link(netlink, name)  # last, so that none is left where no subnet is free
    gateway = format_address(subnet.gateway)
    mac = format_mac(mac_for(subnet.gateway))
    netlink.addr("replace", index=index, address=gateway, prefixlen=subnet.prefix)
    netlink.link("set", index=index, address=mac, ifalias=owner[:_ALIAS_BYTES], state="up")
    _set_options(name)
    return subnet, _way_out_mtu(netlink)


def _sweep(netlink: "Any") -> None:
    """Remove bridges without ports whose home was deleted: each keeps a subnet of the pool."""
    every = list(netlink.get_links())
    masters = {link.get_attr("IFLA_MASTER") for link in every}
    for link in every:
        owner = link.get_attr("IFLA_IFALIAS") or "/"
        unused = link["index"] not in masters and not os.path.exists(owner)
        if unused and link.get_attr("IFLA_IFNAME").startswith("pk"):
            netlink.link("del", index=link["index"])


def remove_bridge(name: str) -> None:
    """Delete bridge *name*; already gone is fine."""
    with IPRoute() as netlink:
        for index in netlink.link_lookup(ifname=name):
            netlink.link("del", index=index)


def _make_link(netlink: "Any", name: str) -> int:
    found = netlink.link_lookup(ifname=name)
    if not found:
        netlink.link("add", ifname=name, kind="bridge", br_stp_state=0)
        found = netlink.link_lookup(ifname=name)
    return int(found[0])


def _set_options(name: str) -> None:
    """Answers to the host's own loopback connections may come in here, and IPv6 is not spoken."""
    _write(f"/proc/sys/net/ipv4/conf/{name}/route_localnet", b"1")
    _write(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", b"1")


def _write(path: str, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # a kernel without IPv6
        return
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def _subnet_of(netlink: "Any", index: int) -> "Subnet | None":
    """The network of the address that an existing bridge has."""
    for address in netlink.get_addr(index=index, family=2):
        return parse_subnet(f"{address.get_attr('IFA_ADDRESS')}/{address['prefixlen']}")
    return None


def _choose(netlink: "Any", preferred: str) -> Subnet:
    taken = _routed(netlink)
    if preferred:
        wanted = parse_subnet(preferred)
        if not any(wanted.overlaps(other) for other in taken):
            return wanted
    return free_subnet(taken)


def _routed(netlink: "Any") -> "list[Subnet]":
    """Every block this host sends somewhere, in any table, the default route aside."""
    found = []
    for route in netlink.get_routes(family=2):
        destination = route.get_attr("RTA_DST")
        if destination and route["dst_len"]:
            found.append(parse_subnet(f"{destination}/{route['dst_len']}"))
    return found


def _way_out_mtu(netlink: "Any") -> int:
    """The largest packet that the interface of the default route takes, at most the usual."""
    for route in netlink.get_default_routes(family=2):
        if index := route.get_attr("RTA_OIF"):
            for link in netlink.get_links(index):
                return min(_USUAL_MTU, int(link.get_attr("IFLA_MTU")))
    return _USUAL_MTU
