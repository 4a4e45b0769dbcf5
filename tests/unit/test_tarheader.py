"""Numbers, records and checksums of tar headers."""

import pytest

from pyker.base.errors import CorruptError
from pyker.base.tarheader import decimal, nanoseconds, number, parse, pax_records


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"0000644\0", 0o644),
        (b"644 \0\0\0\0", 0o644),
        (b"\0" * 8, 0),
        (b"        ", 0),
        (b"00000644", 0o644),
        (b" 000644 ", 0o644),
        (b"\x80" + (1 << 40).to_bytes(11, "big"), 1 << 40),
        (b"\xff" * 12, -1),
        (b"\xff" * 11 + b"\0", -256),
        (b"\x80\0\0\0\0\0\1\0", 256),
    ],
)
def test_number_is_octal_or_base_256(field: bytes, value: int) -> None:
    assert number(field) == value


@pytest.mark.parametrize(
    "field", [b"-1\0\0\0\0\0\0", b"0x10\0\0\0\0", b"1_0\0\0\0\0\0", b"89\0\0\0\0\0\0", b"+7\0\0\0\0\0\0"]
)
def test_other_spellings_of_numbers_are_refused(field: bytes) -> None:
    with pytest.raises(CorruptError):
        number(field)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"1.5", 1_500_000_000),
        (b"-1.5", -1_500_000_000),
        (b"7", 7_000_000_000),
        (b"0.1234567891", 123_456_789),
    ],
)
def test_times_keep_their_nanoseconds(text: bytes, value: int) -> None:
    assert nanoseconds(text) == value


@pytest.mark.parametrize("text", [b"", b"x", b"1" * 20, b"-", b"1e9", "²".encode()])
def test_decimal_takes_digits_only(text: bytes) -> None:
    with pytest.raises(CorruptError):
        decimal(text)


def test_records_may_hold_anything_after_the_equals_sign() -> None:
    assert pax_records(b"12 a=b\nc=\n\0\n" + b"6 k=\n\n") == [(b"a", b"b\nc=\n\0"), (b"k", b"\n")]


@pytest.mark.parametrize(
    "data",
    [b"5 a=b", b"99 a=b\n", b"6 ab\n\n", b"x a=b\n", b"6 =ab\n", b"0 a=b\n", b"-6 a=b\n", b"7 a=b\n\0"],
)
def test_broken_records_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptError, match="pax header"):
        pax_records(data)


def test_wrong_checksum_is_noticed() -> None:
    header = bytearray(512)
    header[:4] = b"name"
    header[148:156] = b"0000001\0"

    with pytest.raises(CorruptError, match="invalid tar header"):
        parse(bytes(header))
