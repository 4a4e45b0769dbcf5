"""Addresses and subnets as numbers, compared with the standard library's."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyker.base.errors import InvalidError
from pyker.network.addresses import (
    POOL,
    Subnet,
    format_address,
    free_subnet,
    mac_for,
    parse_address,
    parse_subnet,
)

NUMBERS = st.integers(0, 2**32 - 1)


@given(NUMBERS)
def test_address_comes_back_from_its_text(number: int) -> None:
    assert format_address(number) == str(ipaddress.IPv4Address(number))
    assert parse_address(format_address(number)) == number


@given(st.text(alphabet="0123456789./ -x", max_size=18))
def test_text_is_an_address_just_when_the_library_says_so(text: str) -> None:
    try:
        wanted = int(ipaddress.IPv4Address(text))
    except ValueError:
        with pytest.raises(InvalidError):
            parse_address(text)
    else:
        assert parse_address(text) == wanted


@given(NUMBERS, st.integers(0, 32), NUMBERS, st.integers(0, 32))
def test_subnets_overlap_as_the_library_says(one: int, bits: int, other: int, more: int) -> None:
    first, second = (
        parse_subnet(f"{format_address(one)}/{bits}"),
        parse_subnet(f"{format_address(other)}/{more}"),
    )

    wanted = ipaddress.ip_network(str(first)).overlaps(ipaddress.ip_network(str(second)))
    assert first.overlaps(second) == second.overlaps(first) == wanted


@pytest.mark.parametrize(
    "text", ["", "1.2.3.4", "1.2.3.4/33", "1.2.3.4/x", "1.2.3/8", "1.2.3.4/-1", "1.2.3.4/²"]
)
def test_bad_subnet_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_subnet(text)


def test_pool_is_dockers_and_its_blocks_do_not_meet() -> None:
    assert str(POOL[0]) == "172.17.0.0/16"
    assert str(POOL[14]) == "172.31.0.0/16"
    assert str(POOL[-1]) == "192.168.240.0/20"
    assert not [1 for one in POOL for other in POOL if one is not other and one.overlaps(other)]


def test_free_subnet_meets_nothing_that_is_routed() -> None:
    taken = [parse_subnet("172.17.0.0/16"), parse_subnet("172.18.5.0/24")]

    assert str(free_subnet(taken)) == "172.19.0.0/16"


def test_no_free_subnet_is_an_error_with_advice() -> None:
    with pytest.raises(InvalidError) as caught:
        free_subnet([Subnet(0, 0)])

    assert "--network host" in caught.value.hint


def test_mac_follows_from_the_address_and_is_local_to_us() -> None:
    assert mac_for(parse_address("172.17.0.2")) == b"\x02\x42\xac\x11\x00\x02"
