"""Writing tar headers: ustar, and pax records for what does not fit into one.

The same member gives the same bytes, always: see "ustar Interchange Format" and "pax Header Block" in
POSIX.1-2017 pax(1). `tarheader` is the other direction.
"""

from pyker.base.tarheader import BLOCK, CHARACTER, DEVICE, DIRECTORY, KINDS, PAX, REGULAR, Member

END = bytes(2 * BLOCK)  # two empty blocks end an archive
_MAGIC = b"ustar\x0000"
_SMALL, _LARGE = 0o7777777, 0o77777777777  # what 7 and 11 octal digits can say


def header(member: Member) -> bytes:
    """The blocks that stand before the data of *member*; the name of a directory gets its "/"."""
    name = member.name
    if member.kind == DIRECTORY and not name.endswith(b"/"):
        name += b"/"
    seconds = member.mtime // 1_000_000_000
    if len(name) <= 100 and not (member.link or member.xattrs) and _fits(member, seconds):
        return _block(member, (name, b"", b""), member.stored if member.kind == REGULAR else 0)
    short, prefix = _split(name)
    records = _records(member, name if short is None else b"")
    extended = _extended(records) if records else b""
    fields = (short or name[:100], prefix, member.link[:100])
    return extended + _block(member, fields, member.stored if member.kind == REGULAR else 0)


def _fits(member: Member, seconds: int) -> bool:
    """Whether ustar's digits can say the numbers of *member*: so it is for nearly all."""
    return (
        member.uid <= _SMALL and member.gid <= _SMALL and member.stored <= _LARGE and 0 <= seconds <= _LARGE
    )


def padding(size: int) -> bytes:
    """What fills the last block of *size* bytes of data."""
    return bytes(-size % BLOCK)


def _block(member: Member, fields: "tuple[bytes, bytes, bytes]", size: int) -> bytes:
    name, prefix, link = fields
    start = b"%b%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        name.ljust(100, b"\0"),
        member.mode,
        member.uid if 0 <= member.uid <= _SMALL else 0,
        member.gid if 0 <= member.gid <= _SMALL else 0,
        size if size <= _LARGE else 0,
        _clamped(member.mtime // 1_000_000_000),
    )
    plain = not (prefix or link or member.kind in (CHARACTER, DEVICE))
    rest = _PLAIN[member.kind] if plain else _rest(member, prefix, link)
    # The sum counts its own field as eight blanks; most headers end alike, so that part is known.
    total = sum(start) + 8 * 0x20 + (_PLAIN_SUMS[member.kind] if plain else sum(rest))
    return b"%b%06o\0 %b" % (start, total, rest)


def _rest(member: Member, prefix: bytes, link: bytes) -> bytes:
    """What follows the checksum."""
    device = (member.major, member.minor) if member.kind in (CHARACTER, DEVICE) else (0, 0)
    numbers = b"%07o\0%07o\0" % device
    owner = _MAGIC + bytes(64)
    return member.kind + link.ljust(100, b"\0") + owner + numbers + prefix.ljust(155, b"\0") + bytes(12)


def _plain_rest(kind: bytes) -> bytes:
    member = Member()
    member.kind = kind
    return _rest(member, b"", b"")


_PLAIN = {kind: _plain_rest(kind) for kind in (*KINDS, PAX)}
_PLAIN_SUMS = {kind: sum(rest) for kind, rest in _PLAIN.items()}


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
