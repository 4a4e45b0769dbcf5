"""Tar headers: 512 bytes, and the records that extend them, turned into plain values.

Formats: ustar and pax of POSIX.1-2017 pax(1), and GNU tar's own (base-256 numbers, long names, sparse
files), by "Basic Tar Format" and "Storing Sparse Files" in the GNU tar manual. Nothing here reads a
stream or touches a file.
"""

import _struct
import zlib

from pyker.base.errors import CorruptError

BLOCK = 512
ZERO = bytes(BLOCK)
MAX_NAME = 4096  # PATH_MAX: a longer one could not be opened
MAX_COMPONENT = 255  # NAME_MAX

REGULAR, HARD_LINK, SYMLINK, CHARACTER, DEVICE, DIRECTORY, FIFO = (b"0", b"1", b"2", b"3", b"4", b"5", b"6")
GNU_LONG_NAME, GNU_LONG_LINK, GNU_SPARSE = b"L", b"K", b"S"
PAX, PAX_GLOBAL, LABEL = b"x", b"g", b"V"
_KIND_OF = {b"\0": REGULAR, b"7": REGULAR, GNU_SPARSE: REGULAR}
KINDS = frozenset((REGULAR, HARD_LINK, SYMLINK, CHARACTER, DEVICE, DIRECTORY, FIFO))

_unpack = _struct.Struct("100s8s8s8s12s12s8sc100s6s2x32s32s8s8s155s12x").unpack_from
_NUL_BLANK = b"\0 "


class Member:
    """One entry of an archive. Not frozen: tens of thousands are made in a row, and records amend them."""

    __slots__ = (
        *("gid", "kind", "link", "major", "minor", "mode", "mtime"),
        *("name", "segments", "size", "stored", "uid", "xattrs"),
    )

    def __init__(self) -> None:
        self.name = b""
        self.kind = REGULAR
        self.mode = 0
        self.uid = 0
        self.gid = 0
        self.mtime = 0  # nanoseconds
        self.size = 0  # bytes of the file
        self.stored = 0  # bytes in the archive; fewer when the file is sparse
        self.link = b""
        self.major = 0
        self.minor = 0
        self.xattrs: "dict[bytes, bytes]" = {}
        self.segments: "list[tuple[int, int]] | None" = None  # (offset, length) of the data of a sparse file


def parse(header: "bytes | memoryview") -> Member:
    """The entry that *header* begins; CorruptError when its checksum or a number is wrong."""
    name, mode, uid, gid, size, mtime, check, kind, link, magic, _, _, major, minor, prefix = _unpack(header)
    # adler32's low half is 1 + the sum of the bytes, modulo 65521: a checksum at C speed.
    summed = (zlib.adler32(header[156:], zlib.adler32(header[:148])) & 0xFFFF) + 256
    if (summed - 1 - number(check)) % 65521:
        raise CorruptError("invalid tar header", hint="the archive is damaged, or is not a tar archive")
    member = Member()
    member.kind = _KIND_OF.get(kind, kind)
    member.name = name.partition(b"\0")[0]
    if magic == b"ustar\0" and prefix[0]:
        member.name = prefix.partition(b"\0")[0] + b"/" + member.name
    if kind in (b"\0", b"0") and member.name.endswith(b"/"):
        member.kind = DIRECTORY
    member.mode = number(mode) & 0o7777
    member.uid = number(uid)
    member.gid = number(gid)
    member.mtime = number(mtime) * 1_000_000_000
    member.stored = member.size = number(size)
    if member.size < 0 or member.uid < 0 or member.gid < 0:
        raise CorruptError("invalid tar header: negative number")
    if kind in b"1234":
        member.link = link.partition(b"\0")[0]
        if kind in b"34":
            member.major, member.minor = number(major), number(minor)
    return member


def number(field: bytes) -> int:
    """A number of a header: octal digits, or GNU's base-256 when the first bit is set."""
    text = field[:-1] if field[-1] == 0 else field  # the usual shape: digits, one NUL
    if not text.isdigit():
        text = field.strip(_NUL_BLANK)
    if text.isdigit():
        try:
            return int(text, 8)
        except ValueError:
            raise _bad_number(text) from None
    if not text:
        return 0
    if field[0] & 0x80:
        value = int.from_bytes(field, "big")
        bits = 8 * len(field)
        return value - (1 << bits) if field[0] & 0x40 else value - (1 << (bits - 1))
    raise _bad_number(text)


def _bad_number(text: bytes) -> CorruptError:
    return CorruptError(
        f"invalid tar header: {text!r} is not a number",
        hint="the archive is damaged, or is not a tar archive",
    )


def pax_records(data: bytes) -> "list[tuple[bytes, bytes]]":
    """The `LENGTH KEY=VALUE` records of a pax header, in order (GNU sparse 0.0 repeats keys)."""
    records = []
    at = 0
    while at < len(data):
        blank = data.find(b" ", at, at + 20)
        length = data[at:blank]
        end = at + int(length) if blank > 0 and length.isdigit() else -1
        key, equals, value = (
            data[blank + 1 : end - 1].partition(b"=") if end <= len(data) else (b"", b"", b"")
        )
        if not equals or not key or data[end - 1 : end] != b"\n":
            raise CorruptError("invalid pax header in the tar archive")
        records.append((key, value))
        at = end
    return records


def apply_pax(member: Member, records: "list[tuple[bytes, bytes]]") -> None:
    """Amend *member* by its pax *records*; those of GNU sparse files are left to `tarsparse`."""
    for key, value in records:
        if key.startswith(b"SCHILY.xattr."):
            member.xattrs[key[13:]] = value
        elif key in _SETTERS:
            _SETTERS[key](member, value)


def _set_name(member: Member, value: bytes) -> None:
    member.name = value
    if value.endswith(b"/") and member.kind == REGULAR:
        member.kind = DIRECTORY


def _set_link(member: Member, value: bytes) -> None:
    member.link = value


def _set_size(member: Member, value: bytes) -> None:
    member.stored = member.size = decimal(value)


def _set_uid(member: Member, value: bytes) -> None:
    member.uid = decimal(value)


def _set_gid(member: Member, value: bytes) -> None:
    member.gid = decimal(value)


def _set_mtime(member: Member, value: bytes) -> None:
    member.mtime = nanoseconds(value)


_SETTERS = {
    b"path": _set_name,
    b"linkpath": _set_link,
    b"size": _set_size,
    b"uid": _set_uid,
    b"gid": _set_gid,
    b"mtime": _set_mtime,
}


def decimal(text: bytes) -> int:
    """A number of a pax record; CorruptError unless it is 1 to 19 decimal digits."""
    if not text.isdigit() or len(text) > 19:
        raise CorruptError(f"invalid pax header: {text[:32]!r} is not a number")
    return int(text)


def nanoseconds(text: bytes) -> int:
    """A time of a pax record, "-1.5" or "1700000000.123456789", without going through floats."""
    whole, _, fraction = text.partition(b".")
    sign = -1 if whole.startswith(b"-") else 1
    part = decimal(fraction[:9].ljust(9, b"0"))
    return sign * (decimal(whole.lstrip(b"-") or b"0") * 1_000_000_000 + part)
