"""Id maps: which ids of a container are whose outside, in the words of user_namespaces(7).

A map is rows of (inside, outside, count), as the kernel's uid_map and OCI's uidMappings have them.
"""

import os

from pyker.base.value import Value
from pyker.kernel.namespaces import NEWUSER
from pyker.kernel.process import fork_into
from pyker.kernel.procfs import IdRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Row = tuple[int, int, int]
    Rows = tuple[Row, ...]

OVERFLOW = 65534  # what the kernel shows for an id that is nobody


class Maps(Value):
    """The users and the groups of a user namespace."""

    uids: "Rows"
    gids: "Rows"

    @classmethod
    def of(cls, document: "dict[str, list[list[int]]]") -> "Maps":
        """The maps that *document* keeps."""
        uids, gids = (tuple((row[0], row[1], row[2]) for row in document[key]) for key in ("uids", "gids"))
        return cls(uids, gids)

    def document(self) -> "dict[str, list[list[int]]]":
        """What is kept of them."""
        return {"uids": [list(row) for row in self.uids], "gids": [list(row) for row in self.gids]}

    def ranges(self, kind: str) -> "tuple[IdRange, ...]":
        """The rows of "uid" or "gid" as ranges."""
        return tuple(IdRange(*row) for row in (self.uids if kind == "uid" else self.gids))

    def owner(self, uid: int, gid: int) -> "tuple[int, int]":
        """Who *uid* and *gid* of the container are outside."""
        return outside(self.uids, uid), outside(self.gids, gid)

    def inside(self, uid: int, gid: int) -> "tuple[int, int]":
        """Who *uid* and *gid* outside are in the container; the overflow id when they are nobody there."""
        return outside(_turned(self.uids), uid), outside(_turned(self.gids), gid)


def _turned(rows: "Rows") -> "Rows":
    return tuple((other, inside, count) for inside, other, count in rows)


def outside(rows: "Rows", identity: int) -> int:
    """Who *identity* inside is outside; the overflow id when it is nobody."""
    for inside, other, count in rows:
        if inside <= identity < inside + count:
            return other + identity - inside
    return OVERFLOW


def last_of_first(rows: "Rows") -> int:
    """The last of the ids that follow each other from 0 on."""
    last = -1
    for inside, _, count in sorted(rows):
        if inside == last + 1:
            last = inside + count - 1
    return max(last, 0)


def map_text(rows: "Iterable[Row]") -> str:
    """*rows* as the kernel takes them."""
    return "".join(f"{inside} {other} {count}\n" for inside, other, count in rows)


def write_maps(pid: int, maps: Maps) -> None:
    """Give the new user namespace of *pid* its ids. See user_namespaces(7).

    Raises OSError: EPERM for ids that this process may not give away, EINVAL for rows that overlap.
    """
    for kind, rows in (("gid", maps.gids), ("uid", maps.uids)):
        descriptor = os.open(f"/proc/{pid}/{kind}_map", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, map_text(rows).encode())
        finally:
            os.close(descriptor)


def user_namespace(maps: Maps) -> int:
    """A descriptor of a user namespace with *maps* in which nobody lives: for idmapped mounts."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    pid = fork_into(NEWUSER)
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    try:
        write_maps(pid, maps)
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(reader)
        os.close(writer)
        os.waitpid(pid, 0)
