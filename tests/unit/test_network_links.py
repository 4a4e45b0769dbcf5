"""Hand-packed rtnetlink messages, read by pyroute2's decoder."""

import struct
from typing import Any

import pytest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from pyker.base.errors import InvalidError
from pyker.network import links
from pyker.network.netlink import Message, attribute, attributes, nested

MAC = b"\x02\x42\xac\x11\x00\x02"


def decoded(message: Message, kind: Any) -> Any:
    """The message as pyroute2 reads it from the wire."""
    read = kind(message.pack(7))
    read.decode()
    return read


def cable() -> Message:
    return links.veth("veth1234", 3, links.Link(0, "eth0", mtu=1400, mac=MAC), 9)


def test_cable_is_plugged_into_the_bridge_and_up() -> None:
    near = decoded(cable(), ifinfmsg)

    assert near["header"]["type"] == 16
    assert near["header"]["flags"] == 0x605  # request, acknowledge, create, exclusive
    assert near.get_attr("IFLA_IFNAME") == "veth1234"
    assert near.get_attr("IFLA_MASTER") == 3
    assert near.get_attr("IFLA_MTU") == 1400
    assert near["flags"] & 1
    assert near["change"] & 1


def test_far_end_of_the_cable_lies_in_the_container() -> None:
    information = decoded(cable(), ifinfmsg).get_attr("IFLA_LINKINFO")
    far = information.get_attr("IFLA_INFO_DATA").get_attr("VETH_INFO_PEER")

    assert information.get_attr("IFLA_INFO_KIND") == "veth"
    assert far.get_attr("IFLA_IFNAME") == "eth0"
    assert far.get_attr("IFLA_ADDRESS") == "02:42:ac:11:00:02"
    assert far.get_attr("IFLA_MTU") == 1400
    assert far.get_attr("IFLA_NET_NS_FD") == 9


def test_address_carries_its_network_and_broadcast() -> None:
    read = decoded(links.address(2, bytes([172, 17, 0, 2]), 16), ifaddrmsg)

    assert (read["family"], read["prefixlen"], read["index"]) == (2, 16, 2)
    assert read.get_attr("IFA_LOCAL") == "172.17.0.2"
    assert read.get_attr("IFA_ADDRESS") == "172.17.0.2"
    assert read.get_attr("IFA_BROADCAST") == "172.17.255.255"


def test_default_route_goes_through_the_gateway() -> None:
    read = decoded(links.default_route(2, bytes([172, 17, 0, 1])), rtmsg)

    assert (read["family"], read["dst_len"], read["table"], read["type"]) == (2, 0, 254, 1)
    assert read.get_attr("RTA_GATEWAY") == "172.17.0.1"
    assert read.get_attr("RTA_OIF") == 2


def test_link_is_brought_up_and_nothing_else() -> None:
    read = decoded(links.up(5), ifinfmsg)

    assert (read["index"], read["flags"], read["change"], read["attrs"]) == (5, 1, 1, [])


def test_port_is_told_to_reflect() -> None:
    information = decoded(links.reflect("veth1234"), ifinfmsg).get_attr("IFLA_LINKINFO")

    assert information.get_attr("IFLA_INFO_SLAVE_KIND") == "bridge"
    assert information.get_attr("IFLA_INFO_SLAVE_DATA").get_attr("IFLA_BRPORT_MODE") == 1


def test_attributes_come_back_as_they_were_packed() -> None:
    data = attribute(1, "ab") + attribute(2, 7) + nested(3, attribute(4, b"x"))

    assert list(attributes(data)) == [
        (1, b"ab\0"),
        (2, struct.pack("=I", 7)),
        (3, attribute(4, b"x")),
    ]


@pytest.mark.parametrize("data", [b"", b"\1", b"\0\0\0\0", b"\xff\xff\1\0abc", b"\3\0\1\0"], ids=repr)
def test_malformed_attributes_end_quietly(data: bytes) -> None:
    assert list(attributes(data)) == []


@pytest.mark.parametrize("name", ["", "a" * 16, "a/b", ".", "..", "a\nb"])
def test_name_the_kernel_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="invalid interface name"):
        links.check_name(name)


def test_mac_address_is_read_and_written() -> None:
    assert links.format_mac(links.parse_mac("02:42:AC:11:00:02")) == "02:42:ac:11:00:02"
    assert links.parse_mac("02-42-ac-11-00-02") == MAC


@pytest.mark.parametrize(
    "text",
    ["", "02:42:ac:11:00", "02:42:ac:11:00:02:03", "zz:42:ac:11:00:02", "01:00:5e:00:00:01", "0:0:0:0:0:0"],
)
def test_bad_mac_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="is not a valid mac address"):
        links.parse_mac(text)
