"""The mount option `idmap[=uids=ON_DISK-SEEN-COUNT[#…];gids=…]`: whose a file is, as a container sees it."""

from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    Row = tuple[int, int, int]

MOST = (1 << 32) - 2
_FORM = (
    'write idmap=uids=FROM-TO-COUNT[#FROM-TO-COUNT…];gids=FROM-TO-COUNT, with "@" before ids of the container'
)


class IdMap(Value):
    """Rows of (id on the disk, id that is seen, count); *relative* ones count in the container's ids."""

    uids: "tuple[Row, ...]" = ()
    gids: "tuple[Row, ...]" = ()
    relative_uids: bool = False
    relative_gids: bool = False

    @property
    def follows(self) -> bool:
        """Whether it is just the container's own map."""
        return not self.uids and not self.gids


def parse_idmap(text: str) -> IdMap:
    """What *text*, "idmap" or "idmap=…", asks for; ValueError that says how to write it."""
    words = text.partition("=")[2]
    if not words:
        return IdMap()
    found = {name: rows for name, _, rows in (part.partition("=") for part in words.split(";"))}
    if sorted(found) != ["gids", "uids"] or words.count(";") != 1:
        raise ValueError(f"invalid {text!r}: {_FORM}")
    uids, gids = found["uids"], found["gids"]
    return IdMap(_rows(uids, text), _rows(gids, text), uids.startswith("@"), gids.startswith("@"))


def _rows(rows: str, text: str) -> "tuple[Row, ...]":
    return tuple(_row(row, text) for row in rows.split("#"))


def _row(text: str, whole: str) -> "Row":
    numbers = text.lstrip("@").split("-")
    if len(numbers) != 3 or not all(part.isascii() and part.isdigit() for part in numbers):
        raise ValueError(f"invalid {whole!r}: {_FORM}")
    inside, outside, count = (int(part) for part in numbers)
    if not count or max(inside, outside) + count - 1 > MOST:
        raise ValueError(f"invalid {whole!r}: {text} is beyond {MOST}")
    return inside, outside, count
