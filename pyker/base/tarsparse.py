"""Sparse files in tar archives: which bytes are stored, and where in the file they belong.

Four encodings, by "Storing Sparse Files" in the GNU tar manual: old GNU (a map in the header), pax 0.0
(repeated records), 0.1 (one record) and 1.0 (a map in front of the data).
"""

import _struct

from pyker.base.errors import CorruptError
from pyker.base.tarheader import BLOCK, Member, decimal, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SEGMENTS = 1_000_000
MAX_FILE = 1 << 44  # 16 TiB, the largest file of ext4: a hole costs nothing, a length beyond that only harms
_PREFIX = b"GNU.sparse."


def read_old_map(member: Member, header: bytes, take: "Callable[[int], bytes]") -> None:
    """The map of an old GNU sparse member: four pairs in *header*, 21 in each block that follows."""
    segments = _pairs(header[386:482])
    more = header[482]
    member.size = number(header[483:495])
    while more:
        block = take(BLOCK)
        segments += _pairs(block[:504])
        more = block[504]
        if len(segments) > MAX_SEGMENTS:
            raise CorruptError("invalid sparse file in the tar archive: its map is too long")
    _set(member, segments)


def _pairs(data: bytes) -> "list[tuple[int, int]]":
    pairs = ((number(offset), number(length)) for offset, length in _struct.iter_unpack("12s12s", data))
    return [pair for pair in pairs if pair[0] or pair[1]]


def apply_pax_map(
    member: Member, records: "list[tuple[bytes, bytes]]", take: "Callable[[int], bytes]"
) -> None:
    """Make *member* sparse when its pax *records* say so; *take* reads a map in front of the data."""
    fields = {key[len(_PREFIX) :]: value for key, value in records if key.startswith(_PREFIX)}
    if not fields:
        return
    if b"name" in fields:
        member.name = fields[b"name"]
    if size := fields.get(b"realsize", fields.get(b"size")):
        member.size = decimal(size)
    if fields.get(b"major") == b"1":
        _set(member, _leading_map(member, take))
    elif b"map" in fields:
        numbers = [decimal(text) for text in fields[b"map"].split(b",") if text]
        _set(member, list(zip(numbers[::2], numbers[1::2], strict=False)))
    elif b"numblocks" in fields or b"offset" in fields:
        offsets = [decimal(value) for key, value in records if key == _PREFIX + b"offset"]
        lengths = [decimal(value) for key, value in records if key == _PREFIX + b"numbytes"]
        _set(member, list(zip(offsets, lengths, strict=False)))


def _leading_map(member: Member, take: "Callable[[int], bytes]") -> "list[tuple[int, int]]":
    """Pax 1.0: a count, then offset and length of each segment, a decimal on each line, padded to blocks."""
    text = b""
    wanted = 1
    counted = False
    while text.count(b"\n") < wanted:
        if member.stored < BLOCK or len(text) > 40 * MAX_SEGMENTS:
            raise CorruptError("invalid sparse file in the tar archive: its map has no end")
        text += take(BLOCK)
        member.stored -= BLOCK
        if not counted and b"\n" in text:
            wanted = 1 + 2 * decimal(text.partition(b"\n")[0])
            counted = True
            if wanted > 2 * MAX_SEGMENTS:
                raise CorruptError("invalid sparse file in the tar archive: its map is too long")
    numbers = [decimal(line) for line in text.split(b"\n")[1:wanted]]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _set(member: Member, segments: "list[tuple[int, int]]") -> None:
    """Believe the map only when it is in order, inside the file, and accounts for every stored byte."""
    end = total = 0
    for offset, length in segments:
        if offset < end or length < 0:
            raise CorruptError("invalid sparse file in the tar archive: its map is out of order")
        end = offset + length
        total += length
    if end > member.size or member.size > MAX_FILE or total != member.stored:
        raise CorruptError("invalid sparse file in the tar archive: its map does not fit its size")
    member.segments = segments
