"""What a group uses, in six numbers: what a listing of many groups can afford to read.

A file that this kernel or this group lacks counts as nothing used.
"""

import os

from pyker.base.value import Value

NO_LIMIT = (1 << 64) - 1  # what runc says where there is none
NOWHERE = "/dev/null"  # has no files below it
_UNIFIED = ""


class Usage(Value):
    """CPU time in nanoseconds, memory without what the kernel could drop at once, its limit, processes.

    *read* and *written* are bytes from and to disks; None where the group does not count them.
    """

    cpu: int = 0
    memory: int = 0
    limit: int = NO_LIMIT
    pids: int = 0
    read: "int | None" = None
    written: "int | None" = None


def usage(paths: "dict[str, str]", most: int = NO_LIMIT, *, limited: bool = True) -> Usage:
    """The figures of the group at *paths*; *most* is the memory there is, which no limit exceeds.

    Of a group known not to be *limited* in its memory the limit is not read.
    """
    if _UNIFIED in paths:
        return _usage_v2(paths[_UNIFIED], most, limited=limited)
    memory = paths.get("memory", NOWHERE)
    read, written = _disk_v1(paths["blkio"]) if "blkio" in paths else (None, None)
    return Usage(
        number(f"{paths.get('cpuacct', NOWHERE)}/cpuacct.usage"),
        max(0, number(f"{memory}/memory.usage_in_bytes") - _droppable(memory, "total_inactive_file")),
        min(most, number(f"{memory}/memory.limit_in_bytes")) if limited else most,
        number(f"{paths.get('pids', NOWHERE)}/pids.current"),
        read,
        written,
    )


def _disk_v1(path: str) -> "tuple[int, int]":
    rows = [row.split() for row in text(f"{path}/blkio.throttle.io_service_bytes_recursive").split("\n")]
    return _sum(rows, "Read"), _sum(rows, "Write")


def _sum(rows: "list[list[str]]", operation: str) -> int:
    return sum(int(row[2]) for row in rows if len(row) == 3 and row[1] == operation)


def _usage_v2(path: str, most: int, *, limited: bool) -> Usage:
    read, written = _disk_v2(path) if os.path.exists(f"{path}/io.stat") else (None, None)
    return Usage(
        table(f"{path}/cpu.stat").get("usage_usec", 0) * 1000,
        max(0, number(f"{path}/memory.current") - _droppable(path, "inactive_file")),
        min(most, number(f"{path}/memory.max")) if limited else most,
        number(f"{path}/pids.current"),
        read,
        written,
    )


def _disk_v2(path: str) -> "tuple[int, int]":
    words = [word.partition("=") for word in text(f"{path}/io.stat").split() if "=" in word]
    read, written = (sum(int(word[2]) for word in words if word[0] == key) for key in ("rbytes", "wbytes"))
    return read, written


def _droppable(path: str, key: str) -> int:
    """Bytes of the page cache that nobody used lately: Docker does not count them as used."""
    _, found, rest = f"\n{text(f'{path}/memory.stat')}".partition(f"\n{key} ")
    return int(rest.partition("\n")[0]) if found else 0


def text(path: str, size: int = 65536) -> str:
    """What the file of a group says, "" where there is none: the kernel hands out the whole at once."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""
    try:
        return os.read(descriptor, size).decode("ascii", "replace").strip()
    except OSError:
        return ""  # the group went away, or the kernel has this file in name only
    finally:
        os.close(descriptor)


def number(path: str) -> int:
    """The number in the file at *path*; "max" is the largest there is, nothing is 0."""
    words = text(path, 64)
    if words == "max":
        return NO_LIMIT
    return int(words) if words.isdecimal() else 0


def table(path: str) -> "dict[str, int]":
    """The lines "name number" of the file at *path*."""
    rows = (line.split() for line in text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdecimal()}
