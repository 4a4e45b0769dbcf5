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

from pyker.base.value import Value
from pyker.network import nftables
from pyker.network.addresses import parse_address
from pyker.network.leases import ANYWHERE
from pyker.network.programs import feed, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.model.port import PortMapping
    from pyker.network.leases import Lease

_PROTOCOLS = {"tcp": 6, "udp": 17}
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
        return nftables.table_exists(self.table)

    def derive(self, leases: "Iterable[Lease]") -> None:
        """Make the table what *leases* ask for, in one transaction, whatever it was before.

        Raises UnsupportedError without nft, or when the kernel refuses.
        """
        program = find_program("nft", "install the package nftables, or use --network none or host")
        feed(program, self.rules(leases))

    def rules(self, leases: "Iterable[Lease]" = ()) -> str:
        """The whole table as nft(8) reads it."""
        inside: dict[str, list[str]] = {"published": [], "published_at": []}
        for lease in leases:
            for port in lease.ports:
                inside[_map_of(port)].append(_written(port, lease.address))
        filled = {
            name: f"elements = {{ {', '.join(dict.fromkeys(texts))} }}" if texts else ""
            for name, texts in inside.items()
        }
        return _RULES.format(table=self.table, bridge=self.bridge, subnet=self.subnet, **filled)

    def publish(self, lease: "Lease", leases: "Iterable[Lease]") -> None:
        """Lead the ports of *lease* to its container; all *leases* are derived anew if that fails."""
        try:
            nftables.add_elements(self.table, _elements(lease))
        except OSError:  # the table is gone, or holds a stale element for that port
            self.derive(leases)
        if udp := {port.host_port for port in lease.ports if port.protocol == "udp"}:
            nftables.forget_flows(udp)

    def withdraw(self, lease: "Lease", leases: "Iterable[Lease]") -> None:
        """Take the ports of *lease* away; the table derived from the remaining *leases* if that fails."""
        try:
            nftables.delete_elements(self.table, _elements(lease))
        except OSError:
            if self.exists():
                self.derive(leases)

    def remove(self) -> None:
        """Delete the table; already gone is fine."""
        if self.exists():
            # Declared first: another command that sweeps may have deleted it since we looked.
            feed(find_program("nft"), f"table ip {self.table}\ndelete table ip {self.table}\n")

    def obstacle(self) -> str:
        """Why forwarded packets may not pass, in one sentence, or nothing.

        Looks at the shared iptables table alone: FORWARD drops by policy and no rule names our bridge.
        """
        if not nftables.forwarding_dropped() or nftables.rules_mention(self.bridge):
            return ""
        return (
            f"another tool's firewall drops forwarded packets, so containers on {self.bridge} may reach only "
            f"this host; let them through: iptables -I FORWARD -i {self.bridge} -j ACCEPT; "
            f"iptables -I FORWARD -o {self.bridge} -j ACCEPT"
        )


def _map_of(port: "PortMapping") -> str:
    return "published" if port.host_ip in ("", ANYWHERE) else "published_at"


def _written(port: "PortMapping", address: str) -> str:
    """The element that leads *port* to the container at *address*, as nft(8) reads it."""
    where = "" if _map_of(port) == "published" else f"{port.host_ip} . "
    return f"{where}{port.protocol} . {port.host_port} : {address} . {port.container_port}"


def _elements(lease: "Lease") -> "list[nftables.Element]":
    """The same as the kernel keeps it: every field begins at a multiple of four bytes."""
    return [_packed(port, lease.address) for port in lease.ports]


def _packed(port: "PortMapping", address: str) -> "nftables.Element":
    name = _map_of(port)
    where = b"" if name == "published" else _address(port.host_ip)
    key = where + bytes([_PROTOCOLS[port.protocol], 0, 0, 0]) + _number(port.host_port)
    return nftables.Element(name, key, _address(address) + _number(port.container_port))


def _address(text: str) -> bytes:
    return parse_address(text).to_bytes(4, "big")


def _number(port: int) -> bytes:
    return port.to_bytes(2, "big") + b"\0\0"
