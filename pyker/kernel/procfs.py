"""What /proc says, parsed into values; and files of a /proc known to be real."""

import os

from pyker.base.value import Value
from pyker.kernel.paths import NO_MAGICLINKS, NO_XDEV, O_PATH, openat2


class MountInfo(Value):
    """One line of /proc/PID/mountinfo. See proc(5)."""

    identity: int
    parent: int
    device: str  # major:minor
    root: str  # what part of the file system is mounted
    target: str
    options: "tuple[str, ...]"
    propagation: "tuple[str, ...]"  # shared:N, master:N …
    fstype: str
    source: str
    super_options: "tuple[str, ...]"


class IdRange(Value):
    """*count* ids from *inside* in the user namespace, seen as *outside* in the reader's."""

    inside: int
    outside: int
    count: int


def mount_table(pid: "int | str" = "self") -> "list[MountInfo]":
    """Every mount that process *pid* sees, in the order they were attached."""
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return [parse_mount(line) for line in file.read().split("\n") if line]


def parse_mount(line: str) -> MountInfo:
    """One line of mountinfo as a value; ValueError when it is not one."""
    left, separator, right = line.partition(" - ")
    identity, parent, device, root, target, options, *propagation = left.split(" ")
    fstype, source, super_options = right.split(" ")
    if not separator:
        raise ValueError(f"{line!r} is no line of mountinfo")
    return MountInfo(
        int(identity),
        int(parent),
        device,
        unescape(root),
        unescape(target),
        tuple(options.split(",")),
        tuple(propagation),
        fstype,
        unescape(source),
        tuple(super_options.split(",")),
    )


def unescape(text: str) -> str:
    r"""*text* with the kernel's octal escapes (\040 for a blank) undone."""
    head, *rest = text.split("\\")
    for part in rest:
        code = part[:3]
        known = len(code) == 3 and all(digit in "01234567" for digit in code)
        head += chr(int(code, 8)) + part[3:] if known else "\\" + part
    return head


def id_map(kind: str, pid: "int | str" = "self") -> "tuple[IdRange, ...]":
    """The "uid" or "gid" map of the user namespace of *pid*. See user_namespaces(7)."""
    with open(f"/proc/{pid}/{kind}_map", encoding="utf-8") as file:
        return tuple(IdRange(*map(int, line.split())) for line in file)


def is_mapped(ranges: "tuple[IdRange, ...]", identity: int) -> bool:
    """Whether *identity* inside the namespace of *ranges* is anybody outside."""
    return any(one.inside <= identity < one.inside + one.count for one in ranges)


def open_proc() -> int:
    """The root of the /proc of this mount namespace; open it before an image's mounts can be in the way."""
    return os.open("/proc", O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def open_proc_file(proc: int, path: str, flags: int) -> int:
    """Open *path* in the real *proc*: nothing mounted over it is entered and no magic link followed.

    Raises OSError; EXDEV when something was mounted on the way.
    """
    return openat2(proc, path, flags, NO_XDEV | NO_MAGICLINKS)
