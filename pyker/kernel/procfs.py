"""What /proc says of user namespaces, parsed into values."""

from pyker.base.value import Value


class IdRange(Value):
    """*count* ids from *inside* in the user namespace, seen as *outside* in the reader's."""

    inside: int
    outside: int
    count: int


def id_map(kind: str, pid: "int | str" = "self") -> "tuple[IdRange, ...]":
    """The "uid" or "gid" map of the user namespace of *pid*. See user_namespaces(7)."""
    with open(f"/proc/{pid}/{kind}_map", encoding="utf-8") as file:
        return tuple(IdRange(*map(int, line.split())) for line in file)


def is_mapped(ranges: "tuple[IdRange, ...]", identity: int) -> bool:
    """Whether *identity* inside the namespace of *ranges* is anybody outside."""
    return any(one.inside <= identity < one.inside + one.count for one in ranges)
