"""The firewall of one home: a single nftables table, `pyker`, and nothing outside it.

Outward traffic is masqueraded. Published ports are elements of two maps, one keyed by port and one by
address and port, so that a port costs one lookup however many there are. The packet keeps its real
source, except where the answer would not come back this way: from the bridge to the bridge, and from
the host's loopback.

The table is derived from the leases alone, in one transaction, whenever it is missing (another tool
flushed the ruleset) or an element does not fit. What it cannot do: an accept in one nftables table does
not overrule a drop in another, so where another tool drops forwarded packets (docker's iptables FORWARD
policy), only that tool's own rules can let the bridge through; `obstacle` finds that out.

See nft(8), linux/netfilter/nf_tables.h.
"""

import _struct

from pyker.base.errors import UnsupportedError
from pyker.base.value import Value
from pyker.model.port import PortMapping
from pyker.network.leases import ANYWHERE
from pyker.network.netlink import (
    DUMP,
    NETFILTER,
    Message,
    Netlink,
    absent,
    attribute,
    attributes,
)
from pyker.network.programs import feed, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.network.leases import Lease

_NFT_SUBSYSTEM = 10 << 8
_GETTABLE, _GETCHAIN, _GETRULE = _NFT_SUBSYSTEM | 1, _NFT_SUBSYSTEM | 4, _NFT_SUBSYSTEM | 7
_IPV4 = 2
_TABLE_NAME = 1  # NFTA_TABLE_NAME, NFTA_CHAIN_TABLE and NFTA_RULE_TABLE alike
_CHAIN_NAME, _CHAIN_POLICY = 3, 5
_HEADER = _struct.pack("=BBH", _IPV4, 0, 0)
_DROP = b"\0\0\0\0"  # NF_DROP, in network order

_RULES = """\
table ip {table}
delete table ip {table}
table ip {table} {{
    map published {{
        comment "port of the host -> container"
        type inet_proto . inet_service : ipv4_addr . inet_service
        {published}
    }}
    map published_at {{
        comment "address and port of the host -> container"
        type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
        {published_at}
    }}
    chain guard {{
        comment "loopback is not for the network, and containers are reached through published ports alone"
        type filter hook prerouting priority raw; policy accept;
        iifname != "lo" ip daddr 127.0.0.0/8 drop
        iifname != {{ "lo", "{bridge}" }} ip daddr {subnet} drop
    }}
    chain publish {{
        meta l4proto {{ tcp, udp }} dnat ip to ip daddr . meta l4proto . th dport map @published_at
        meta l4proto {{ tcp, udp }} dnat ip to meta l4proto . th dport map @published
    }}
    chain prerouting {{
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local jump publish
    }}
    chain output {{
        type nat hook output priority -100; policy accept;
        fib daddr type local jump publish
    }}
    chain postrouting {{
        type nat hook postrouting priority srcnat; policy accept;
        oifname != "{bridge}" ip saddr {subnet} masquerade
        oifname "{bridge}" ct status dnat ip saddr {{ 127.0.0.0/8, {subnet} }} masquerade
    }}
}}
"""


class Firewall(Value):
    """The table called *table*, for the network *subnet* behind *bridge*."""

    table: str
    bridge: str
    subnet: str

    def exists(self) -> bool:
        """Whether the table is there."""
        with Netlink(NETFILTER) as netlink:
            return _table_exists(netlink, self.table)

    def derive(self, leases: "Iterable[Lease]") -> None:
        """Make the table what *leases* ask for, in one transaction, whatever it was before.

        Raises UnsupportedError without nft, or when the kernel refuses.
        """
        elements = [element for lease in leases for element in _elements(lease)]
        feed(_nft(), self.rules(elements))

    def rules(self, elements: "Iterable[tuple[str, str]]" = ()) -> str:
        """The whole table as nft(8) reads it, with (map, element) pairs in place."""
        filled = {"published": "", "published_at": ""}
        for name in filled:
            inside = ", ".join(dict.fromkeys(text for where, text in elements if where == name))
            filled[name] = f"elements = {{ {inside} }}" if inside else ""
        return _RULES.format(table=self.table, bridge=self.bridge, subnet=self.subnet, **filled)

    def publish(self, lease: "Lease", leases: "Iterable[Lease]") -> None:
        """Lead the ports of *lease* to its container; all *leases* are derived anew if that fails."""
        try:
            feed(_nft(), self._each("add", lease))
        except UnsupportedError:  # the table is gone, or holds a stale element for that port
            self.derive(leases)

    def withdraw(self, lease: "Lease", leases: "Iterable[Lease]") -> None:
        """Take the ports of *lease* away; the table derived from the remaining *leases* if that fails."""
        try:
            feed(_nft(), self._each("delete", lease))
        except UnsupportedError:
            if self.exists():
                self.derive(leases)

    def _each(self, verb: str, lease: "Lease") -> str:
        lines = (f"{verb} element ip {self.table} {name} {{ {text} }}\n" for name, text in _elements(lease))
        return "".join(lines)

    def remove(self) -> None:
        """Delete the table; already gone is fine."""
        if self.exists():
            feed(_nft(), f"delete table ip {self.table}\n")

    def obstacle(self) -> str:
        """Why forwarded packets may not pass, in one sentence, or nothing.

        Looks at the shared iptables table alone: FORWARD drops by policy and no rule names our bridge.
        """
        with Netlink(NETFILTER) as netlink:
            if not _forward_drops(netlink) or _rules_mention(netlink, self.bridge):
                return ""
        return (
            f"another tool's firewall drops forwarded packets, so containers on {self.bridge} may reach only "
            f"this host; let them through: iptables -I FORWARD -i {self.bridge} -j ACCEPT; "
            f"iptables -I FORWARD -o {self.bridge} -j ACCEPT"
        )


def _elements(lease: "Lease") -> "list[tuple[str, str]]":
    return [_element(port, lease.address) for port in lease.ports]


def _element(port: PortMapping, address: str) -> "tuple[str, str]":
    """The map and the element that lead *port* to the container at *address*."""
    key = f"{port.protocol} . {port.host_port}"
    value = f"{address} . {port.container_port}"
    if port.host_ip in ("", ANYWHERE):
        return "published", f"{key} : {value}"
    return "published_at", f"{port.host_ip} . {key} : {value}"


def _nft() -> str:
    return find_program("nft", "install the package nftables, or use --network none or host")


def _table_exists(netlink: Netlink, table: str) -> bool:
    try:
        netlink.request(Message(_GETTABLE, _HEADER + attribute(_TABLE_NAME, table)))
    except OSError as error:
        if absent(error):
            return False
        raise
    return True


def _forward_drops(netlink: Netlink) -> bool:
    wanted = attribute(_TABLE_NAME, "filter") + attribute(_CHAIN_NAME, "FORWARD")
    try:
        answers = netlink.request(Message(_GETCHAIN, _HEADER + wanted))
    except OSError:
        return False  # no such chain, or a kernel without nftables: nothing to tell
    return any(dict(attributes(body[4:])).get(_CHAIN_POLICY) == _DROP for body in answers)


def _rules_mention(netlink: Netlink, bridge: str) -> bool:
    wanted = Message(_GETRULE, _HEADER + attribute(_TABLE_NAME, "filter"), DUMP)
    needle = bridge.encode() + b"\0"
    return any(needle in body for body in netlink.request(wanted))
