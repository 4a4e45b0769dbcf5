"""`--userns` and its kin: from what was asked to the map of a container. Pure.

Root's maps name ids of the machine. A user's name ids of the user namespace that pyker runs in for that
user, where 0 is the user and 1 and up are the ids that /etc/subuid lends.
"""

from pyker.base.errors import ConflictError, InvalidError
from pyker.namespaces.maps import Maps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyker.namespaces.maps import Row, Rows
    from pyker.namespaces.userns import SubidRange

LEAST = 1024  # ids of a container of mode auto, when its image names no higher one


def keep_id(own: int, lent: int) -> "Rows":
    """A map in which the user is *own*, and the *lent* ids are all others, those below *own* first."""
    before = min(own, lent)
    rows = ((0, 1, before), (own, 0, 1), (own + 1, before + 1, lent - before))
    return tuple(row for row in rows if row[2] > 0)


def from_ranges(ranges: "Iterable[SubidRange]") -> "Rows":
    """A map of 0 and up onto *ranges*, one after the other."""
    rows, inside = [], 0
    for one in ranges:
        rows.append((inside, one.start, one.count))
        inside += one.count
    return tuple(rows)


def free_range(taken: "Iterable[tuple[int, int]]", ranges: "Sequence[SubidRange]", size: int) -> int:
    """The first of *size* ids in a row in *ranges* that none of *taken* (first, count) has.

    Raises ConflictError when there are not as many.
    """
    used = sorted(taken)
    for one in ranges:
        first = one.start
        for start, count in used:
            if start + count > first and start < first + size:
                first = start + count
        if first + size <= one.start + one.count:
            return first
    raise ConflictError(
        f"cannot find {size} ids for a container that no other has",
        hint="remove containers of mode auto, ask for fewer with auto:size=N, or lend more in /etc/subuid",
        code=125,
    )


def overlaid(rows: "Rows", fixed: "Rows") -> "Rows":
    """*rows* with the rows of *fixed* in their place: what auto's uidmapping= and gidmapping= pin."""
    kept: "list[Row]" = list(rows)
    for inside, _, count in fixed:
        kept = [part for row in kept for part in _without(row, inside, inside + count)]
    return tuple(sorted([*kept, *fixed]))


def _without(row: "Row", first: int, end: int) -> "list[Row]":
    """What is left of *row* without the ids inside from *first* up to *end*."""
    inside, other, count = row
    last = inside + count
    if end <= inside or first >= last:
        return [row]
    parts = []
    if first > inside:
        parts.append((inside, other, first - inside))
    if end < last:
        parts.append((end, other + end - inside, last - end))
    return parts


def parse_row(text: str) -> "tuple[int, str, int]":
    """`inside:outside:count` of --uidmap and --gidmap; *outside* may begin with "@". ValueError otherwise."""
    parts = text.split(":")
    if len(parts) == 2:
        parts.append("1")
    digits = [parts[0], parts[1].removeprefix("@"), parts[2]] if len(parts) == 3 else [""]
    if not all(part.isascii() and part.isdecimal() and int(part) < 1 << 32 for part in digits):
        raise ValueError("must be CONTAINER_ID:HOST_ID:COUNT, three numbers")
    if (
        int(parts[2]) < 1
        or int(digits[0]) + int(parts[2]) >= 1 << 32
        or int(digits[1]) + int(parts[2]) >= 1 << 32
    ):
        raise ValueError("must be CONTAINER_ID:HOST_ID:COUNT with at least one id, all below 4294967295")
    return int(parts[0]), parts[1], int(parts[2])


def resolve(rows: "Iterable[tuple[int, str, int]]", own: "Rows") -> "Rows":
    """*rows* with every "@id" of the machine told in the ids of *own*, this user's namespace.

    Raises InvalidError for ids of the machine that are not this user's.
    """
    return tuple((inside, _place(other, count, own), count) for inside, other, count in rows)


def _place(text: str, count: int, own: "Rows") -> int:
    if not text.startswith("@"):
        return int(text)
    wanted = int(text[1:])
    for inside, other, size in own:
        if other <= wanted and wanted + count <= other + size:
            return inside + wanted - other
    raise InvalidError(
        f"id {wanted} of this machine is not lent to this user", hint="see /etc/subuid", code=125
    )


def check_overlap(maps: Maps) -> None:
    """Raise InvalidError for rows that name an id twice, inside or outside."""
    for kind, rows in (("uid", maps.uids), ("gid", maps.gids)):
        for place in (0, 1):
            end = -1
            for row in sorted(rows, key=lambda row: row[place]):
                if row[place] < end:
                    raise InvalidError(f"the {kind} map names {kind} {row[place]} twice", code=125)
                end = row[place] + row[2]
