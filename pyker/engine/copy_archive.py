"""Tar streams into and out of a place: what `cp` does with "-".

Members may name anything: every parent is looked up inside the container's root, every last name is made
without following what is there, and a name with ".." is refused.
"""

import os

from pyker.base.compression import kind_of, peek, unpacked
from pyker.base.errors import CorruptError, InvalidError
from pyker.base.jsonfile import write_all
from pyker.base.tarheader import DIRECTORY, FIFO, HARD_LINK, REGULAR, SYMLINK, Member
from pyker.base.tarstream import Stream, TarReader
from pyker.engine.copy_places import Place, Source, open_target
from pyker.engine.copy_replace import Replace, make_node
from pyker.kernel.paths import CLOEXEC_DIRECTORY, fd_path, make_directory, open_in_root
from pyker.layers.attributes import Attributes
from pyker.layers.pack import Packer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Owner = Callable[[int, int], tuple[int, int]]

_DEVICE_KINDS = {b"3": 0o020000, b"4": 0o060000, FIFO: 0o010000}


def pack(source: Source, descriptor: int, closed: "frozenset[int]", owner: "Owner | None") -> int:
    """Write *source* to *descriptor* as an archive; its size."""
    packer = Packer(descriptor, write_all, closed, owner)
    if source.is_directory:
        directory = os.open(fd_path(source.descriptor), CLOEXEC_DIRECTORY)
        try:
            packer.tree(directory, source.name or ".")
        finally:
            os.close(directory)
    else:
        _pack_one(packer, source)
    packer.finish()
    return packer.size


def _pack_one(packer: Packer, source: Source) -> None:
    if source.mode & 0o170000 == 0o100000:
        file = os.open(fd_path(source.descriptor), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            packer.file(file, source.name)
        finally:
            os.close(file)
    else:
        packer.opened(source.descriptor, source.name)


def unpack(
    descriptor: int,
    place: Place,
    path: str,
    overwrite: bool,  # noqa: FBT001 - as `cp` was told
    owner: "Owner | None",
) -> int:
    """Unpack the archive that is read from *descriptor* into directory *path* of *place*; its size.

    *owner* says whose files are that belong to a uid and gid in the archive, which may be compressed.
    Raises InvalidError when *path* is no directory, CorruptError for a bad archive.
    """
    target = open_target(place, path)
    os.close(target.directory)
    if target.name:
        raise InvalidError(f'destination "{place.name}:{path}" must be a directory')
    counted = _Counted(descriptor)
    start, chunks = peek(counted.chunks())
    stream = Stream(unpacked(chunks, kind_of(start)))
    unpacking = _Unpacking(place.root, place.absolute(path), Replace(overwrite=overwrite))
    reader = TarReader(stream)
    for member in reader:
        if owner:
            member.uid, member.gid = owner(member.uid, member.gid)
        unpacking.make(member, reader)
    unpacking.finish()
    stream.drain()
    return counted.size


class _Counted:
    def __init__(self, descriptor: int) -> None:
        self.size = 0
        self._descriptor = descriptor

    def chunks(self) -> "Iterator[bytes]":
        """What there is to read."""
        while chunk := os.read(self._descriptor, 1 << 20):
            self.size += len(chunk)
            yield chunk


class _Unpacking:
    """Makes members below directory *base* of the open *root*."""

    def __init__(self, root: int, base: str, replace: Replace) -> None:
        self._root = root
        self._base = base
        self._replace = replace
        self._attributes = Attributes(lenient=True)
        self._directories: "list[tuple[str, Member]]" = []
        self._parent = ("", -1)

    def make(self, member: Member, reader: TarReader) -> None:
        """Make one member."""
        parts = _parts(member.name)
        if not parts:
            return  # the directory itself
        name = parts[-1]
        parent = self._open_parent(parts[:-1])
        if member.kind == DIRECTORY:
            if not self._replace.has_directory(parent, name, "/".join(parts)):
                os.mkdir(name, 0o700, dir_fd=parent)
            self._directories.append(("/".join(parts), member))
            return
        if member.kind == HARD_LINK:
            self._hard_link(member, parent, name)
            return
        self._replace.make_room(parent, name, "/".join(parts))
        if member.kind == REGULAR:
            self._file(member, reader, parent, name)
        elif member.kind == SYMLINK:
            os.symlink(os.fsdecode(member.link), name, dir_fd=parent)
            self._attributes.of_name(parent, os.fsencode(name), member)
        else:
            self._node(member, parent, name)

    def _open_parent(self, parts: "list[str]") -> int:
        path = "/".join((self._base, *parts))
        if self._parent[0] != path:
            self._close()
            self._parent = (path, make_directory(self._root, path))
        return self._parent[1]

    def _hard_link(self, member: Member, parent: int, name: str) -> None:
        parts = _parts(member.link)
        if not parts:
            raise CorruptError(f"tar entry {name!r} links to a directory")
        first = open_in_root(self._root, "/".join((self._base, *parts[:-1])), CLOEXEC_DIRECTORY)
        try:
            self._replace.make_room(parent, name, name)
            os.link(parts[-1], name, src_dir_fd=first, dst_dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(first)

    def _file(self, member: Member, reader: TarReader, parent: int, name: str) -> None:
        made, new = self._replace.create(parent, name)
        try:
            for offset, data in _placed(member, reader):
                os.lseek(made, offset, os.SEEK_SET)
                write_all(made, data)
            os.ftruncate(made, member.size)
            if new:
                os.fchmod(made, member.mode)
                self._attributes.of_file(made, member)
        finally:
            os.close(made)

    def _node(self, member: Member, parent: int, name: str) -> None:
        """A FIFO or a device; users may not make devices."""
        device = os.makedev(member.major, member.minor)
        try:
            make_node(parent, name, _DEVICE_KINDS[member.kind] | member.mode, device)
            os.chown(name, member.uid, member.gid, dir_fd=parent, follow_symlinks=False)
        except PermissionError:
            return
        os.utime(name, ns=(member.mtime, member.mtime), dir_fd=parent, follow_symlinks=False)

    def finish(self) -> None:
        """Give directories what their entries say, the deepest first, when all is in them."""
        self._close()
        for path, member in reversed(self._directories):
            directory = open_in_root(self._root, f"{self._base}/{path}", CLOEXEC_DIRECTORY)
            try:
                self._attributes.of_directory(directory, member, opaque=False)
            finally:
                os.close(directory)

    def _close(self) -> None:
        if self._parent[1] >= 0:
            os.close(self._parent[1])
        self._parent = ("", -1)


def _parts(name: bytes) -> "list[str]":
    """The names of a path in an archive, which counts from the target; CorruptError for ".."."""
    parts = [part for part in os.fsdecode(name).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise CorruptError(f"tar entry {os.fsdecode(name)!r} leads out of the target")
    return parts


def _placed(member: Member, reader: TarReader) -> "Iterator[tuple[int, memoryview]]":
    """The data of a member and where in the file each piece belongs."""
    segments = member.segments if member.segments is not None else [(0, member.stored)]
    pieces = reader.data()
    held = memoryview(b"")
    for offset, length in segments:
        done = 0
        while done < length:
            if not held:
                held = next(pieces)
            part, held = held[: length - done], held[length - done :]
            yield offset + done, part
            done += len(part)
