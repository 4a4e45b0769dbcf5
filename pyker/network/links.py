"""Links, addresses and routes as rtnetlink messages. See rtnetlink(7) and linux/if_link.h.

Each function returns the messages; who sends them decides where, because a netlink socket belongs
to the network namespace it was made in.
"""

import _struct

from pyker.base.errors import InvalidError
from pyker.base.value import Value
from pyker.network.netlink import CREATE, DUMP, EXCL, Message, Netlink, attribute, attributes, nested

NEWLINK, DELLINK, GETLINK = 16, 17, 18
NEWADDR = 20
NEWROUTE = 24
LOOPBACK = 1  # the index of `lo` in every namespace

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_MASTER = 1, 3, 4, 10
STATE_UP = 6  # IF_OPER_UP
_IFLA_OPERSTATE = 16
_IFLA_LINKINFO, _IFLA_NET_NS_FD = 18, 28
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_INFO_SLAVE_KIND, _INFO_SLAVE_DATA, _BRPORT_MODE = 4, 5, 4
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST = 1, 2, 4
_RTA_OIF, _RTA_GATEWAY = 4, 5
_AF_INET = 2
_UP = 1
_TABLE_MAIN, _PROTOCOL_BOOT, _SCOPE_UNIVERSE, _UNICAST = 254, 3, 0, 1
_NAME_BYTES = 15  # IFNAMSIZ without its NUL


class Link(Value):
    """A network interface as the kernel tells it."""

    index: int
    name: str
    master: int = 0
    mtu: int = 0
    mac: bytes = b""
    state: int = 0  # as RFC 2863 counts them


def _link_header(index: int = 0, flags: int = 0) -> bytes:
    return _struct.pack("=BBHiII", 0, 0, 0, index, flags, flags)


def up(index: int) -> Message:
    """Bring link *index* up."""
    return Message(NEWLINK, _link_header(index, _UP))


def delete(index: int) -> Message:
    """Remove link *index*, and its peer with it."""
    return Message(DELLINK, _link_header(index))


def check_name(name: str) -> str:
    """*name* back; InvalidError when the kernel would not take it for an interface."""
    if not 0 < len(name) <= _NAME_BYTES or "/" in name or name in (".", "..") or not name.isprintable():
        raise InvalidError(f"invalid interface name ({name})")
    return name


def veth(name: str, bridge: int, peer: Link, namespace: int) -> Message:
    """A cable: end *name* plugged into *bridge* and up, end *peer* in the open network *namespace*.

    One message does it all, so that a crash leaves either the whole cable or none.
    """
    far_end = (
        _link_header(peer.index, 0)
        + attribute(IFLA_IFNAME, check_name(peer.name))
        + attribute(IFLA_ADDRESS, peer.mac)
        + attribute(IFLA_MTU, peer.mtu)
        + attribute(_IFLA_NET_NS_FD, namespace)
    )
    return Message(
        NEWLINK,
        _link_header(0, _UP)
        + attribute(IFLA_IFNAME, check_name(name))
        + attribute(IFLA_MTU, peer.mtu)
        + attribute(IFLA_MASTER, bridge)
        + nested(
            _IFLA_LINKINFO,
            attribute(_INFO_KIND, "veth"),
            nested(_INFO_DATA, attribute(_VETH_PEER, far_end)),
        ),
        CREATE | EXCL,
    )


def reflect(name: str) -> Message:
    """Let the bridge send a frame back out of port *name*, where it came in.

    A container that calls its own published port needs it where bridged frames pass iptables (br_netfilter).
    """
    return Message(
        NEWLINK,
        _link_header()
        + attribute(IFLA_IFNAME, check_name(name))
        + nested(
            _IFLA_LINKINFO,
            attribute(_INFO_SLAVE_KIND, "bridge"),
            nested(_INFO_SLAVE_DATA, attribute(_BRPORT_MODE, b"\1")),
        ),
    )


def address(index: int, local: bytes, prefix: int) -> Message:
    """Give link *index* the IPv4 address *local* in a network of *prefix* bits."""
    mask = (1 << (32 - prefix)) - 1
    broadcast = (int.from_bytes(local, "big") | mask).to_bytes(4, "big")
    return Message(
        NEWADDR,
        _struct.pack("=BBBBI", _AF_INET, prefix, 0, 0, index)
        + attribute(_IFA_LOCAL, local)
        + attribute(_IFA_ADDRESS, local)
        + attribute(_IFA_BROADCAST, broadcast),
        CREATE | EXCL,
    )


def default_route(index: int, gateway: bytes) -> Message:
    """Send through *gateway* on link *index* what no other route claims."""
    header = _struct.pack(
        "=BBBBBBBBI", _AF_INET, 0, 0, 0, _TABLE_MAIN, _PROTOCOL_BOOT, _SCOPE_UNIVERSE, _UNICAST, 0
    )
    return Message(
        NEWROUTE, header + attribute(_RTA_OIF, index) + attribute(_RTA_GATEWAY, gateway), CREATE | EXCL
    )


def parse_link(body: bytes) -> Link:
    """The link in the body of an answer to GETLINK."""
    index = int(_struct.unpack_from("=BBHiII", body)[3])
    found = dict(attributes(body[16:]))
    return Link(
        index,
        found.get(IFLA_IFNAME, b"").rstrip(b"\0").decode(errors="replace"),
        _number(found.get(IFLA_MASTER)),
        _number(found.get(IFLA_MTU)),
        found.get(IFLA_ADDRESS, b""),
        found.get(_IFLA_OPERSTATE, b"\0")[0],
    )


def _number(data: "bytes | None") -> int:
    return int(_struct.unpack("=I", data)[0]) if data and len(data) == 4 else 0


def carries(netlink: Netlink, *indexes: int) -> bool:
    """Whether every one of these links passes packets by now.

    The kernel notices a carrier by deferred work; until then it drops what is sent, and a first lost
    packet costs a TCP client a second.
    """
    questions = (Message(GETLINK, _link_header(index)) for index in indexes)
    return all(parse_link(body).state == STATE_UP for body in netlink.request(*questions))


def plugged(netlink: Netlink, bridge: int) -> "list[Link]":
    """The links that are ports of *bridge*."""
    question = Message(GETLINK, _link_header() + attribute(IFLA_MASTER, bridge), DUMP)
    return [link for link in map(parse_link, netlink.request(question)) if link.master == bridge]


def parse_mac(text: str) -> bytes:
    """The six bytes of a MAC address; InvalidError when it is none, or names a group of hosts."""
    try:
        data = bytes(int(part, 16) for part in text.replace("-", ":").split(":"))
    except ValueError:
        data = b""
    if len(data) != 6 or data[0] & 1 or not any(data):
        raise InvalidError(f"{text} is not a valid mac address")
    return data


def format_mac(mac: bytes) -> str:
    """A MAC address as people write it."""
    return ":".join(f"{byte:02x}" for byte in mac)
