"""Reading a container's log back: Docker's json-file records, rotated files included."""

import os

from pyker.base import jsonfile
from pyker.kernel.watch import Watch
from pyker.supervisor.logs import timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READ = 1 << 18
LONGEST = 1 << 20  # a record is at most six times 16 KiB; more without a new line is damage


def read_logs(  # noqa: PLR0913 - the options of one command
    path: str,
    *,
    follow: bool = False,
    since: "float | None" = None,
    until: "float | None" = None,
    tail: "int | None" = None,
    timestamps: bool = False,
    alive: "Callable[[], bool]" = lambda: False,
) -> "Iterator[tuple[str, bytes]]":
    """(stream, text) of each record of the log at *path*; damaged ones are skipped, no log is no record.

    *since* and *until* are seconds since 1970, *tail* the number of records from the end (None: all).
    *timestamps* puts its time, with all nine digits, before each text. With *follow* it goes on until
    *alive* says no and everything has been read, or until a record is past *until*.
    """
    first, last = _key(since), _key(until)
    for when, stream, text in _records(path, tail, follow=follow, alive=alive):
        moment = sort_key(when)
        if first and moment < first:
            continue
        if last and moment > last:
            if follow:
                return
            continue
        yield stream, (f"{moment}Z ".encode() + text if timestamps else text)


def sort_key(when: str) -> str:
    """A UTC time of a record in a form whose order is the order of time: all nine digits."""
    return f"{when[:19]}.{when[20:].rstrip('Z'):0<9}"


def _key(moment: "float | None") -> str:
    return "" if moment is None else sort_key(timestamp(int(moment * 1_000_000_000)))


def _records(
    path: str, tail: "int | None", *, follow: bool, alive: "Callable[[], bool]"
) -> "Iterator[tuple[str, str, bytes]]":
    watch = Watch(path) if follow else None
    files = _open_all(path)
    try:
        _skip_to_tail(files, tail)
        for descriptor in files:
            yield from _read_file(descriptor)
        while watch is not None:
            living = alive()
            files = _go_on(path, files)
            for descriptor in files:
                yield from _read_file(descriptor)
            if not living:
                return
            watch.wait()
    finally:
        for descriptor in files:
            os.close(descriptor)
        if watch is not None:
            watch.close()


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)


def _open_all(path: str) -> "list[int]":
    """The log's files, oldest first, each once even when it is being rotated meanwhile."""
    files: "list[int]" = []
    seen: "set[int]" = set()
    name, number = path, 0
    while True:
        try:
            descriptor = _open(name)
        except FileNotFoundError:
            break
        inode = os.fstat(descriptor).st_ino
        if inode in seen:
            os.close(descriptor)
        else:
            files.insert(0, descriptor)
        seen.add(inode)
        number += 1
        name = f"{path}.{number}"
    return files


def _go_on(path: str, files: "list[int]") -> "list[int]":
    """The files to read next: the last one again, and those that came after it."""
    if not files:
        return _open_all(path)
    last = files[-1]
    for descriptor in files[:-1]:
        os.close(descriptor)
    inode = os.fstat(last).st_ino
    newer = _open_all(path)
    inodes = [os.fstat(descriptor).st_ino for descriptor in newer]
    known = inodes.index(inode) + 1 if inode in inodes else 0
    for descriptor in newer[:known]:
        os.close(descriptor)
    if os.fstat(last).st_size < os.lseek(last, 0, os.SEEK_CUR):  # emptied: max-file is 1
        os.lseek(last, 0, os.SEEK_SET)
    return [last, *newer[known:]]


def _read_file(descriptor: int) -> "Iterator[tuple[str, str, bytes]]":
    """Records from the file's position on; a record without its end is left for the next time."""
    rest = b""
    while data := os.read(descriptor, READ):
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if newline:
            yield from parse(whole)
        if len(rest) > LONGEST:
            rest = b"\0"  # the damaged record's end will be refused
    if rest:
        os.lseek(descriptor, -len(rest), os.SEEK_CUR)


def parse(lines: bytes) -> "Iterator[tuple[str, str, bytes]]":
    """(time, stream, text) of each line that is a record; zeros and torn lines are passed over."""
    rows = [row for row in lines.split(b"\n") if row]
    try:
        documents = jsonfile.loads(b"[" + b",".join(rows) + b"]")
    except ValueError:
        documents = [_document(row) for row in rows]
    for document in documents:
        if not isinstance(document, dict):
            continue
        text, stream, when = document.get("log"), document.get("stream"), document.get("time")
        if isinstance(text, str) and stream in ("stdout", "stderr") and isinstance(when, str):
            yield when, stream, text.encode("utf-8", "replace")


def _document(row: bytes) -> object:
    try:
        return jsonfile.loads(row.lstrip(b"\0"))
    except ValueError:
        return None


def _skip_to_tail(files: "list[int]", tail: "int | None") -> None:
    """Move every file's position so that *tail* records are left in all of them together."""
    if tail is None:
        return
    left = tail
    for descriptor in reversed(files):
        left -= _seek_tail(descriptor, left)


def _seek_tail(descriptor: int, count: int) -> int:
    """Move to the last *count* lines of the file; how many there are, at most *count*."""
    end = os.fstat(descriptor).st_size
    position, found = end, 0
    while position > 0 and found <= count:
        start = max(0, position - READ)
        block = os.pread(descriptor, position - start, start)
        lines = block.count(b"\n")
        if found + lines > count:
            os.lseek(descriptor, start + _nth_from_end(block, count - found) + 1, os.SEEK_SET)
            return count
        position, found = start, found + lines
    os.lseek(descriptor, 0, os.SEEK_SET)
    return found


def _nth_from_end(block: bytes, skip: int) -> int:
    """Where the new line is that has *skip* others after it."""
    index = len(block)
    for _ in range(skip + 1):
        index = block.rindex(b"\n", 0, index)
    return index
