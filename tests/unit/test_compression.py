"""Streams are unpacked whatever their chunks, and damage is told."""

import gzip
import itertools
import os

import pytest
import zstandard

from pyker.base.compression import GZIP, PLAIN, ZSTD, Bound, kind_of, peek, unpacked
from pyker.base.errors import CorruptError, UnsupportedError
from tests.support.images import compress

TEXT = os.urandom(3000) + bytes(3 << 20) + os.urandom(3000)


def cut(data: bytes, size: int) -> "list[bytes]":
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("kind", [PLAIN, GZIP, ZSTD])
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 22])
def test_stream_is_recognised_and_unpacked(kind: str, size: int) -> None:
    data = compress(TEXT if size > 1 else TEXT[:9000], kind)

    start, chunks = peek(cut(data, size))
    assert kind_of(start) == kind
    assert b"".join(unpacked(chunks, kind)) == (TEXT if size > 1 else TEXT[:9000])


@pytest.mark.parametrize("size", [1, 10, 1 << 20])
def test_gzip_members_follow_each_other(size: int) -> None:
    data = gzip.compress(b"one") + gzip.compress(b"") + gzip.compress(b"two") + bytes(600)

    assert b"".join(unpacked(cut(data, size), GZIP)) == b"onetwo"


def test_zstd_frames_follow_each_other() -> None:
    data = zstandard.compress(b"one") + zstandard.compress(b"two")

    assert b"".join(unpacked([data], ZSTD)) == b"onetwo"


def test_output_comes_in_small_pieces() -> None:
    for kind in (GZIP, ZSTD):
        assert max(map(len, unpacked([compress(bytes(64 << 20), kind)], kind))) <= 1 << 20


@pytest.mark.parametrize(
    "change", [lambda data: data[:-5], lambda data: data[:100], lambda data: data + b"junk"]
)
def test_damaged_gzip_is_refused(change: "object") -> None:
    data = change(gzip.compress(TEXT))  # type: ignore[operator]

    with pytest.raises(CorruptError, match="gzip"):
        list(unpacked([data], GZIP))


@pytest.mark.parametrize("magic", [b"BZh91AY&SY", b"\xfd7zXZ\0\0\0", b"PK\x03\x04aaaa"])
def test_other_compressions_are_named(magic: bytes) -> None:
    with pytest.raises(UnsupportedError, match="compression is not supported"):
        kind_of(magic)


def test_bound_allows_much_of_much_and_little_of_little() -> None:
    small, large = Bound(1000, 10), Bound(1000, 10)

    assert len(list(large.hold(large.count([bytes(500)] * 10)))) == 10
    small.read = 99
    with pytest.raises(CorruptError, match="unpacks to more than 1000 bytes"):
        list(small.hold(itertools.repeat(bytes(100))))


def test_bound_of_nothing_is_no_bound() -> None:
    bound = Bound(0, 1)

    assert len(list(bound.hold([bytes(1 << 20)] * 5))) == 5
