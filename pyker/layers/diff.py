"""What a writable directory changed of the layers below it: added, changed and deleted paths.

The directory is read as overlayfs leaves it (overlayfs.rst): a deleted name is a character device 0:0, a
directory that replaced another is "opaque". A directory that was only copied up, because something in it
changed, counts as changed as in Docker, and so does any file written to or given another owner or mode.
"""

import errno
import os
import stat

from pyker.base.value import Value
from pyker.kernel.paths import CLOEXEC_DIRECTORY, open_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

ADDED, CHANGED, DELETED = "A", "C", "D"
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_OPAQUE = tuple(f"{space}.opaque" for space in ("trusted.overlay", "user.overlay", "user.fuseoverlayfs"))
_WH, _WH_OPAQUE = ".wh.", ".wh..wh..opq"  # what fuse-overlayfs writes where it may not make devices


class Change(Value):
    """One changed path, absolute, and how: ADDED, CHANGED or DELETED."""

    kind: str
    path: str


def upper_changes(upper: str, lowers: "Sequence[str]", ignored: "Iterable[str]" = ()) -> "list[Change]":
    """What directory *upper* changes of *lowers* (topmost first), sorted by path, parents before children.

    *ignored* are paths that only mark where something is mounted: they, and directories made or touched
    for nothing else, are left out.
    """
    return _run(_Upper, upper, lowers, ignored)


def tree_changes(merged: str, lowers: "Sequence[str]", ignored: "Iterable[str]" = ()) -> "list[Change]":
    """The same for a whole copy of the layers (driver vfs), found by comparing all there is."""
    return _run(_Tree, merged, lowers, ignored)


def _run(kind: "type[_Walk]", top: str, lowers: "Sequence[str]", ignored: "Iterable[str]") -> "list[Change]":
    opened: "list[int]" = []
    try:
        opened += (os.open(path, CLOEXEC_DIRECTORY) for path in (top, *lowers))
        walk = kind(opened[0], frozenset(ignored))
        walk.run(tuple(opened[1:]))
        return sorted(walk.changes, key=lambda change: change.path)
    finally:
        for descriptor in opened:
            os.close(descriptor)


class _Walk:
    """One walk over a writable tree beside the same directories of the layers below.

    It goes down first and judges directories afterwards, from the deepest up: whether one has changed
    depends on what is in it. However deep the tree is, few descriptors are open at once.
    """

    def __init__(self, top: int, ignored: "frozenset[str]") -> None:
        self.changes: "list[Change]" = []
        self.ignored = ignored
        self.top = top
        self._pending: "list[tuple[str, tuple[int, ...]]]" = []
        self._seen: "list[tuple[str, os.stat_result, os.stat_result | None]]" = []
        self._busy: "set[str]" = set()  # directories that something changed in
        self._spared: "set[str]" = set()  # directories that hold something ignored

    def run(self, lowers: "tuple[int, ...]") -> None:
        """Find all changes of the tree over the roots *lowers*."""
        self._pending.append(("", lowers))
        while self._pending:
            path, visible = self._pending.pop()
            with _Merged(self.top, visible, path) as merged:
                if merged.top >= 0:
                    self.directory(merged, path)
        for seen in reversed(self._seen):
            self._judge(*seen)

    def directory(self, merged: "_Merged", path: str) -> None:
        """Note what is in one directory, and that its directories are still to be walked."""
        raise NotImplementedError

    def add(self, kind: str, parent: str, name: str) -> None:
        """Note that *name* in the directory *parent* changed."""
        self.changes.append(Change(kind, f"{parent}/{name}"))
        self._busy.add(parent)

    def spare(self, parent: str) -> None:
        """Note that the directory *parent* holds something ignored."""
        self._spared.add(parent)

    def later(self, merged: "_Merged", path: str, before: "os.stat_result | None") -> None:
        """Walk directory *path* later; the layers below have *before* in its place."""
        if (now := _status(merged.top, os.path.basename(path))) is not None:
            self._seen.append((path, now, before))
            is_directory = before is not None and stat.S_ISDIR(before.st_mode)
            self._pending.append((path, merged.visible if is_directory else ()))

    def _judge(self, path: str, now: os.stat_result, before: "os.stat_result | None") -> None:
        """Decide about one directory, all those in it being decided."""
        parent, _, name = path.rpartition("/")
        busy, spared = path in self._busy, path in self._spared or path in self.ignored
        existed = before is not None and stat.S_ISDIR(before.st_mode)
        if spared:
            self.spare(parent)
        if path in self.ignored or (spared and not busy and not existed):
            if busy:
                self._busy.add(parent)
            return
        if not existed or busy or is_touched(now, before, spare_time=spared):
            self.add(ADDED if before is None else CHANGED, parent, name)


class _Upper(_Walk):
    """The writable directory of an overlay: only what changed is in it."""

    def directory(self, merged: "_Merged", path: str) -> None:
        """See _Walk.directory."""
        with os.scandir(merged.top) as found:
            entries = list(found)
        names = {entry.name for entry in entries}
        known = merged.names()
        if known and (_is_opaque(merged.top) or _WH_OPAQUE in names):
            for name in known - names:
                if merged.before(name) is not None:
                    self.add(DELETED, path, name)
        for entry in entries:
            self._entry(merged, entry, path, known=entry.name in known)

    def _entry(self, merged: "_Merged", entry: "os.DirEntry[str]", path: str, *, known: bool) -> None:
        name = entry.name
        before = merged.before(name) if known else None
        if entry.is_dir(follow_symlinks=False):
            self.later(merged, f"{path}/{name}", before)
        elif name.startswith(_WH):
            deleted = name.removeprefix(_WH)
            if name != _WH_OPAQUE and merged.before(deleted) is not None:
                self.add(DELETED, path, deleted)
        elif _is_whiteout(entry):
            if before is not None:
                self.add(DELETED, path, name)
        elif f"{path}/{name}" in self.ignored:
            self.spare(path)
        else:
            self.add(ADDED if before is None else CHANGED, path, name)


class _Tree(_Walk):
    """A complete tree: every entry is compared, and what is missing was deleted."""

    def directory(self, merged: "_Merged", path: str) -> None:
        """See _Walk.directory."""
        with os.scandir(merged.top) as found:
            entries = list(found)
        for entry in entries:
            self._entry(merged, entry, path)
        for name in merged.names() - {entry.name for entry in entries}:
            if merged.before(name) is not None:
                self.add(DELETED, path, name)

    def _entry(self, merged: "_Merged", entry: "os.DirEntry[str]", path: str) -> None:
        name = entry.name
        before = merged.before(name)
        if entry.is_dir(follow_symlinks=False):
            self.later(merged, f"{path}/{name}", before)
            return
        now = _status(merged.top, name)
        if now is None or (before is not None and is_same(now, before)):
            return
        if f"{path}/{name}" in self.ignored:
            self.spare(path)
        else:
            self.add(ADDED if before is None else CHANGED, path, name)


class Stack:
    """One directory as a stack of layers shows it, open as long as the block.

    *roots* are those of the layers that can show anything there, topmost first; *visible* those that do.
    """

    def __init__(self, roots: "tuple[int, ...]", path: str) -> None:
        self.visible: "tuple[int, ...]" = ()
        self._candidates = roots
        self._path = f".{path}"
        self._layers: "list[int]" = []

    def __enter__(self) -> "Self":
        for root in self._candidates:
            if self._add(root):
                break
        return self

    def _add(self, root: int) -> bool:
        """Add the layer *root*; True when it hides those below it: by a file, a whiteout, or being opaque."""
        try:
            self._layers.append(open_below(root, self._path))
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return error.errno != errno.ENOENT
        self.visible += (root,)
        return _is_opaque(self._layers[-1])

    def __exit__(self, *_: object) -> None:
        for descriptor in self._layers:
            os.close(descriptor)

    def names(self) -> "set[str]":
        """Every name the layers have there, deleted ones among them."""
        return {name for layer in self._layers for name in os.listdir(layer)}

    def before(self, name: str) -> "os.stat_result | None":
        """What the layers show as *name*; None when nothing, or when one of them deleted it."""
        for layer in self._layers:
            if (status := _status(layer, name)) is not None:
                return None if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0 else status
        return None

    def same_as(self, other: "Stack") -> bool:
        """Whether *other* is made of the very same directories, so that nothing below can differ."""
        return self.identity() == other.identity()

    def identity(self) -> "list[tuple[int, int]]":
        """Which directories it is made of, by device and inode."""
        found = (os.fstat(layer) for layer in self._layers)
        return [(status.st_dev, status.st_ino) for status in found]


class _Merged(Stack):
    """A directory of the writable tree beside the same of the layers; *top* is -1 when it has vanished."""

    def __init__(self, top: int, visible: "tuple[int, ...]", path: str) -> None:
        super().__init__(visible, path)
        self.top = -1
        self._root = top

    def __enter__(self) -> "Self":
        self.top = _open(self._root, self._path)
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        if self.top >= 0:
            os.close(self.top)
        super().__exit__()


def _open(root: int, path: str) -> int:
    try:
        return open_below(root, path)
    except OSError as error:
        if error.errno in _GONE:
            return -1
        raise


def _status(directory: int, name: str) -> "os.stat_result | None":
    try:
        return os.lstat(name, dir_fd=directory)
    except FileNotFoundError:
        return None


def _is_whiteout(entry: "os.DirEntry[str]") -> bool:
    if entry.is_file(follow_symlinks=False) or entry.is_symlink():
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _is_opaque(directory: int) -> bool:
    for name in _OPAQUE:
        try:
            if os.getxattr(directory, name) == b"y":
                return True
        except OSError:  # absent, unknown here, or not this user's to read
            continue
    return False


def _facts(status: os.stat_result) -> "tuple[int, int, int]":
    return status.st_mode, status.st_uid, status.st_gid


def is_touched(now: os.stat_result, before: "os.stat_result | None", *, spare_time: bool = False) -> bool:
    """Whether a directory itself is another than before; *spare_time*: not by its time alone."""
    if before is None or _facts(now) != _facts(before):
        return True
    return not spare_time and now.st_mtime_ns != before.st_mtime_ns


def is_same(now: os.stat_result, before: os.stat_result) -> bool:
    """Whether a file looks as it did: kind, mode, owner, size, time and device number."""
    return (*_facts(now), now.st_size, now.st_mtime_ns, now.st_rdev) == (
        *_facts(before),
        before.st_size,
        before.st_mtime_ns,
        before.st_rdev,
    )
