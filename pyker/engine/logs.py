"""Reading a container's log back: records of json-file and k8s-file, rotated files included."""

import os

from pyker.base import jsonfile
from pyker.base.errors import InvalidError
from pyker.base.value import Value
from pyker.engine.containers import is_alive
from pyker.kernel.watch import Watch
from pyker.model.log_config import JOURNALD, K8S_FILE, NONE, PASSTHROUGH
from pyker.supervisor.logs import timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container

    Record = tuple[str, str, bytes, dict[str, Any]]  # time, stream, text, attributes
    Parse = Callable[[bytes], Iterator[Record]]

READ = 1 << 18
STREAMS = ("stdout", "stderr")
_STREAM_WORDS = (b"stdout", b"stderr")
LONGEST = 1 << 20  # a record is at most six times 16 KiB; more without a new line is damage


class Wish(Value):
    """What of a log is wanted; times are seconds since 1970."""

    follow: bool = False
    since: "float | None" = None
    until: "float | None" = None
    tail: "int | None" = None  # records from the end, None: all
    timestamps: bool = False  # its time, with all nine digits, before each text
    details: bool = False  # and its attributes


def read_log(home: "Home", container: "Container", wish: Wish) -> "Iterator[tuple[str, bytes]]":
    """(stream, text) of each record of *container*'s log, whatever its driver.

    Raises InvalidError for a driver that keeps nothing to be read.
    """
    log = container.config["host"]["LogConfig"]
    if log["Type"] in (NONE, PASSTHROUGH):
        raise InvalidError("configured logging driver does not support reading")
    if log["Type"] == JOURNALD:
        from pyker.engine.journal import read_journal

        return shown(read_journal(container.id, wish), wish)
    path = log["Config"].get("path") or f"{container.path}/ctr.log"
    parse = parse_k8s if log["Type"] == K8S_FILE else parse_json
    return read_logs(path, wish, parse=parse, alive=lambda: is_alive(home, container.id))


def read_logs(
    path: str,
    wish: Wish = Wish(),  # noqa: B008 - it is frozen
    *,
    parse: "Parse | None" = None,
    alive: "Callable[[], bool]" = lambda: False,
) -> "Iterator[tuple[str, bytes]]":
    """(stream, text) of each record of the log at *path*; damaged ones are skipped, no log is no record.

    *parse* reads the records, those of json-file when not given. Following goes on until *alive* says no
    and everything has been read, or until a record is past the end that was wished.
    """
    return shown(_records(path, wish.tail, parse or parse_json, follow=wish.follow, alive=alive), wish)


def shown(records: "Iterator[Record]", wish: Wish) -> "Iterator[tuple[str, bytes]]":
    """Those of *records* that are wished, as they are to be shown."""
    first, last = _key(wish.since), _key(wish.until)
    for when, stream, text, attributes in records:
        moment = sort_key(when)
        if first and moment < first:
            continue
        if last and moment > last:
            if wish.follow:
                return
            continue
        before = f"{moment}Z ".encode() if wish.timestamps else b""
        yield stream, before + (_told(attributes) if wish.details else b"") + text


def _told(attributes: "dict[str, Any]") -> bytes:
    """The attributes of a record as Docker shows them: k=v,k=v and a blank."""
    from urllib.parse import quote

    pairs = (f"{quote(str(key))}={quote(str(attributes[key]))}" for key in sorted(attributes))
    return ",".join(pairs).encode() + b" "


def sort_key(when: str) -> str:
    """A UTC time of a record in a form whose order is the order of time: all nine digits."""
    return f"{when[:19]}.{when[20:].rstrip('Z'):0<9}"


def _key(moment: "float | None") -> str:
    return "" if moment is None else sort_key(timestamp(int(moment * 1_000_000_000)))


def _records(
    path: str, tail: "int | None", parse: "Parse", *, follow: bool, alive: "Callable[[], bool]"
) -> "Iterator[Record]":
    watch = Watch(path) if follow else None
    files = _open_all(path)
    try:
        _skip_to_tail(files, tail)
        for descriptor in files:
            yield from _read_file(descriptor, parse)
        while watch is not None:
            living = alive()
            files = _go_on(path, files)
            for descriptor in files:
                yield from _read_file(descriptor, parse)
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


def _open_all(path: str, *, packed: bool = True) -> "list[int]":
    """The log's files, oldest first, each once even when it is being rotated meanwhile.

    Those that were compressed are unpacked into memory, or with *packed* off left out.
    """
    files: "list[int]" = []
    seen: "set[int]" = set()
    name, number = path, 0
    while True:
        try:
            descriptor = _open(name)
        except FileNotFoundError:
            descriptor = _unpack(f"{name}.gz") if packed and number else -1
        if descriptor < 0:
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


def _unpack(path: str) -> int:
    """An open file in memory with the content of the gzip file *path*; -1 when there is none."""
    try:
        packed = os.fdopen(_open(path), "rb")
    except FileNotFoundError:
        return -1
    import gzip

    target = os.memfd_create("pyker-log", os.MFD_CLOEXEC)
    with packed, gzip.open(packed) as source:
        while chunk := source.read(READ):
            jsonfile.write_all(target, chunk)
    os.lseek(target, 0, os.SEEK_SET)
    return target


def _go_on(path: str, files: "list[int]") -> "list[int]":
    """The files to read next: the last one again, and those that came after it."""
    if not files:
        return _open_all(path)
    last = files[-1]
    for descriptor in files[:-1]:
        os.close(descriptor)
    inode = os.fstat(last).st_ino
    newer = _open_all(path, packed=False)
    inodes = [os.fstat(descriptor).st_ino for descriptor in newer]
    known = inodes.index(inode) + 1 if inode in inodes else 0
    for descriptor in newer[:known]:
        os.close(descriptor)
    if os.fstat(last).st_size < os.lseek(last, 0, os.SEEK_CUR):  # emptied: max-file is 1
        os.lseek(last, 0, os.SEEK_SET)
    return [last, *newer[known:]]


def _read_file(descriptor: int, parse: "Parse") -> "Iterator[Record]":
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


def parse_json(lines: bytes) -> "Iterator[Record]":
    """Each line that is a record of json-file; zeros and torn lines are passed over."""
    rows = [row for row in lines.split(b"\n") if row]
    try:
        documents = jsonfile.loads(b"[" + b",".join(rows) + b"]")
    except ValueError:
        documents = [_document(row) for row in rows]
    for document in documents:
        if not isinstance(document, dict):
            continue
        text, stream, when = document.get("log"), document.get("stream"), document.get("time")
        if isinstance(text, str) and stream in STREAMS and isinstance(when, str):
            attributes = document.get("attrs")
            known = attributes if isinstance(attributes, dict) else {}
            yield when, stream, text.encode("utf-8", "replace"), known


def parse_k8s(lines: bytes) -> "Iterator[Record]":
    """Each line that is a record of k8s-file (CRI): time, stream, P or F, text."""
    for row in lines.split(b"\n"):
        when, stream, mark, text = (*row.lstrip(b"\0").split(b" ", 3), b"", b"", b"")[:4]
        if stream in _STREAM_WORDS and mark in (b"F", b"P") and when.isascii():
            end = b"\n" if mark == b"F" else b""
            yield when.decode(), stream.decode(), text + end, {}


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
