"""Writing tar headers: ustar, and pax records for what does not fit into one.

The same member gives the same bytes, always: see "ustar Interchange Format" and "pax Header Block" in
POSIX.1-2017 pax(1). `tarheader` is the other direction.
"""

import _struct

from pyker.base.tarheader import BLOCK, DIRECTORY, PAX, REGULAR, Member

END = bytes(2 * BLOCK)  # two empty blocks end an archive
_pack = _struct.Struct("100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12x").pack
_MAGIC = b"ustar\x0000"
_SMALL, _LARGE = 0o7777777, 0o77777777777  # what 7 and 11 octal digits can say
_UNUSED = b"0000000\0"


def header(member: Member) -> bytes:
    """The blocks that stand before the data of *member*; the name of a directory gets its "/"."""
    name = member.name
    if member.kind == DIRECTORY and not name.endswith(b"/"):
        name += b"/"
    short, prefix = _split(name)
    records = _records(member, name if short is None else b"")
    extended = _extended(records) if records else b""
    fields = (short or name[:100], prefix, member.link[:100])
    return extended + _block(member, fields, member.stored if member.kind == REGULAR else 0)


def padding(size: int) -> bytes:
    """What fills the last block of *size* bytes of data."""
    return bytes(-size % BLOCK)


def _block(member: Member, fields: "tuple[bytes, bytes, bytes]", size: int) -> bytes:
    name, prefix, link = fields
    parts = (
        name,
        b"%07o\0" % member.mode,
        b"%07o\0" % (member.uid if 0 <= member.uid <= _SMALL else 0),
        b"%07o\0" % (member.gid if 0 <= member.gid <= _SMALL else 0),
        b"%011o\0" % (size if size <= _LARGE else 0),
        b"%011o\0" % _clamped(member.mtime // 1_000_000_000),
    )
    device = (b"%07o\0" % member.major, b"%07o\0" % member.minor) if member.kind in b"34" else (_UNUSED,) * 2
    rest = (member.kind, link, _MAGIC, b"", b"", *device, prefix)
    blank = _pack(*parts, b" " * 8, *rest)
    return _pack(*parts, b"%06o\0 " % sum(blank), *rest)


def _clamped(seconds: int) -> int:
    return min(max(seconds, 0), _LARGE)


def _split(name: bytes) -> "tuple[bytes | None, bytes]":
    """*name* as ustar holds it, (name, prefix); None for the first when it is too long for that."""
    if len(name) <= 100:
        return name, b""
    cut = name.rfind(b"/", 0, 156)
    if cut > 0 and 0 < len(name) - cut - 1 <= 100:
        return name[cut + 1 :], name[:cut]
    return None, b""


def _records(member: Member, long_name: bytes) -> "list[tuple[bytes, bytes]]":
    """The pax records that *member* needs, none for most."""
    records = [(b"path", long_name)] if long_name else []
    if len(member.link) > 100:
        records.append((b"linkpath", member.link))
    if member.kind == REGULAR and member.stored > _LARGE:
        records.append((b"size", b"%d" % member.stored))
    for key, number in ((b"uid", member.uid), (b"gid", member.gid)):
        if number > _SMALL:
            records.append((key, b"%d" % number))
    seconds = member.mtime // 1_000_000_000
    if seconds != _clamped(seconds):
        records.append((b"mtime", b"%d" % seconds))
    records += [(b"SCHILY.xattr." + name, member.xattrs[name]) for name in sorted(member.xattrs)]
    return records


def _extended(records: "list[tuple[bytes, bytes]]") -> bytes:
    data = b"".join(_record(key, value) for key, value in records)
    carrier = Member()
    carrier.kind, carrier.mode = PAX, 0o644
    return _block(carrier, (b"PaxHeader", b"", b""), len(data)) + data + padding(len(data))


def _record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE`, the length counting its own digits."""
    bare = len(key) + len(value) + 3
    length = bare + len(str(bare))
    if len(str(length)) > len(str(bare)):
        length += 1
    return b"%d %s=%s\n" % (length, key, value)
