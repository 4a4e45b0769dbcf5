"""nf_tables and conntrack messages packed by hand: what one published port needs, in 0.2 ms.

nft(8), which makes whole tables, takes 10 ms for one element. See linux/netfilter/nf_tables.h and
linux/netfilter/nfnetlink_conntrack.h; the tests compare the outcome with what nft lists.
"""

import _struct

from pyker.base.value import Value
from pyker.network.netlink import (
    CREATE,
    DUMP,
    NETFILTER,
    Message,
    Netlink,
    absent,
    attribute,
    attributes,
    nested,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_NFT, _CONNTRACK = 10 << 8, 1 << 8  # subsystems
_GETTABLE, _GETCHAIN, _GETRULE = _NFT | 1, _NFT | 4, _NFT | 7
_NEWSETELEM, _DELSETELEM = _NFT | 12, _NFT | 14
_CT_GET, _CT_DELETE = _CONNTRACK | 1, _CONNTRACK | 2
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_IPV4 = 2
_HEADER = _struct.pack("=BBH", _IPV4, 0, 0)
_BATCH_HEADER = _struct.pack("=BB", 0, 0) + _struct.pack(">H", 10)
_TABLE = 1  # NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE and NFTA_SET_ELEM_LIST_TABLE alike
_CHAIN_NAME, _CHAIN_POLICY = 3, 5
_SET, _ELEMENTS, _ELEMENT, _KEY, _DATA, _VALUE = 2, 3, 1, 1, 2, 1
_DROP = b"\0\0\0\0"  # NF_DROP, in network order
_TUPLE, _TUPLE_PROTOCOL, _PROTOCOL_NUMBER, _TARGET_PORT = 1, 2, 1, 3
_UDP = b"\x11"


class Element(Value):
    """One entry of map *name*: *key* and *value* as the kernel compares them."""

    name: str
    key: bytes
    value: bytes


def table_exists(table: str) -> bool:
    """Whether the IPv4 table is there."""
    with Netlink(NETFILTER) as netlink:
        try:
            netlink.request(Message(_GETTABLE, _HEADER + attribute(_TABLE, table)))
        except OSError as error:
            if absent(error):
                return False
            raise
    return True


def tables() -> "list[str]":
    """The names of all IPv4 tables."""
    with Netlink(NETFILTER) as netlink:
        answers = netlink.request(Message(_GETTABLE, _HEADER, DUMP))
    names = (dict(attributes(body[4:])).get(_TABLE, b"") for body in answers)
    return [name.rstrip(b"\0").decode(errors="replace") for name in names]


def add_elements(table: str, elements: "list[Element]") -> None:
    """Put *elements* into maps of *table*, all or none; those already so are fine.

    Raises FileNotFoundError without the table, FileExistsError when a key has another value.
    """
    with Netlink(NETFILTER) as netlink:
        netlink.request(*_batch(_NEWSETELEM, table, elements, CREATE))


def delete_elements(table: str, elements: "list[Element]") -> None:
    """Take *elements* out of maps of *table*, all or none; OSError when one is not there."""
    with Netlink(NETFILTER) as netlink:
        netlink.request(*_batch(_DELSETELEM, table, elements))
        netlink.leave_open()  # to close it would wait 10 ms until no packet uses the element


def _batch(kind: int, table: str, elements: "list[Element]", flags: int = 0) -> "Iterator[Message]":
    """A transaction: the kernel takes all of it or nothing."""
    yield Message(_BATCH_BEGIN, _BATCH_HEADER, silent=True)
    for element in elements:
        pair = nested(_KEY, attribute(_VALUE, element.key)) + nested(_DATA, attribute(_VALUE, element.value))
        body = attribute(_TABLE, table) + attribute(_SET, element.name)
        yield Message(kind, _HEADER + body + nested(_ELEMENTS, nested(_ELEMENT, pair)), flags)
    yield Message(_BATCH_END, _BATCH_HEADER, silent=True)


def forwarding_dropped() -> bool:
    """Whether the table that iptables shares drops by policy what the host forwards."""
    wanted = attribute(_TABLE, "filter") + attribute(_CHAIN_NAME, "FORWARD")
    with Netlink(NETFILTER) as netlink:
        try:
            answers = netlink.request(Message(_GETCHAIN, _HEADER + wanted))
        except OSError:
            return False  # no such chain, or a kernel without nftables: nothing to tell
    return any(dict(attributes(body[4:])).get(_CHAIN_POLICY) == _DROP for body in answers)


def rules_mention(interface: str) -> bool:
    """Whether a rule of that shared table names *interface*."""
    needle = interface.encode() + b"\0"
    with Netlink(NETFILTER) as netlink:
        answers = netlink.request(Message(_GETRULE, _HEADER + attribute(_TABLE, "filter"), DUMP))
    return any(needle in body for body in answers)


def forget_flows(ports: "set[int]") -> None:
    """Forget the UDP conversations to *ports*: they go on where they went before a rule came.

    A client that keeps its source port would otherwise never reach the container. See conntrack(8).
    """
    with Netlink(NETFILTER) as netlink:
        for body in netlink.request(Message(_CT_GET, _HEADER, DUMP)):
            flow = dict(attributes(body[4:])).get(_TUPLE, b"")
            if _udp_target(flow) in ports:
                _forget(netlink, flow)


def _udp_target(flow: bytes) -> int:
    """The port that a UDP conversation was first sent to; 0 for other protocols."""
    protocol = dict(attributes(dict(attributes(flow)).get(_TUPLE_PROTOCOL, b"")))
    if protocol.get(_PROTOCOL_NUMBER) != _UDP:
        return 0
    return int.from_bytes(protocol.get(_TARGET_PORT, b""), "big")


def _forget(netlink: Netlink, flow: bytes) -> None:
    try:
        netlink.request(Message(_CT_DELETE, _HEADER + nested(_TUPLE, flow)))
    except OSError as error:
        if not absent(error):  # it timed out meanwhile
            raise
