"""Copying files and trees between places that others change meanwhile, by descriptors alone.

No link is followed below the two ends, so nothing is read from or written to anywhere else. What vanishes
from the source while it is copied is left out. Links stay links, and names of one file stay names of one.
"""

import os
import stat

from pyker.base.errors import ConflictError, InvalidError
from pyker.base.tarheader import BLOCK
from pyker.engine.copy_places import Source, Target
from pyker.engine.copy_replace import Replace, make_node
from pyker.kernel.filedata import copy_data
from pyker.kernel.paths import fd_path, open_below
from pyker.layers.pack import GONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SET_ID = 0o6000


class Manner(Replace):
    """How files are copied."""

    owner: "Callable[[int, int], tuple[int, int]] | None" = None  # whose a copy is; None: of whoever copies
    keep_metadata: bool = False  # directories that are there get what those copied over them have
    keep_privileges: bool = True  # set-id bits and file capabilities
    make_devices: bool = True
    closed: "frozenset[int]" = frozenset()  # devices whose directories stay empty


class TreeCopy:
    """One copy, of a file or of a directory with all that is in it; *size* counts as a tar archive would."""

    def __init__(self, manner: Manner, warn: "Callable[[str], None]", place: str) -> None:
        self.size = 2 * BLOCK
        self._place = place  # how messages name the directory that the copy goes to
        self._manner = manner
        self._warn = warn
        self._links: "dict[tuple[int, int], tuple[str, str]]" = {}
        self._root = -1
        self._goal = (0, 0)  # the directory that is filled: it is never copied into itself

    def run(self, source: Source, target: Target) -> None:
        """Copy *source* to *target*. Raises ConflictError where a directory meets something else."""
        if not source.is_directory:
            self._root = target.directory
            self._single(source, target.directory, target.name)
            return
        if not target.name:
            self._content(source.descriptor, target.directory)
            return
        new = self._make_directory(target.directory, target.name, f"/{target.name}")
        root = os.open(target.name, _READ | os.O_DIRECTORY, dir_fd=target.directory)
        try:
            self._place += f"/{target.name}"
            self._content(source.descriptor, root)
            if new:
                self._metadata(source.descriptor, root)
        finally:
            os.close(root)

    def _single(self, source: Source, directory: int, name: str) -> None:
        status = os.fstat(source.descriptor)
        self._manner.make_room(directory, name, f"{self._place}/{name}")
        self.size += BLOCK
        if stat.S_ISREG(status.st_mode):
            file = os.open(fd_path(source.descriptor), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                self._file(file, directory, name)
            finally:
                os.close(file)
        elif stat.S_ISLNK(status.st_mode):
            self._link(os.readlink("", dir_fd=source.descriptor), directory, name, status)
        else:
            self._special(directory, name, status)

    def _content(self, source: int, target: int) -> None:
        """Copy what is in directory *source* into directory *target*, level by level."""
        self._root = target
        status = os.fstat(target)
        self._goal = (status.st_dev, status.st_ino)
        made: "list[tuple[str, bool]]" = []
        pending = [("", False)]
        while pending:
            path, new = pending.pop()
            with _Both(source, target, path) as (above, below):
                if above < 0:
                    continue
                made.append((path, new))
                pending += [(f"{path}/{name}", fresh) for name, fresh in self._entries(above, below, path)]
        for path, new in reversed(made):  # complete from the deepest up: now their times stay
            if path and (new or self._manner.keep_metadata):
                with _Both(source, target, path) as (above, below):
                    if above >= 0:
                        self._metadata(above, below)

    def _entries(self, above: int, below: int, path: str) -> "list[tuple[str, bool]]":
        """Copy the entries of one directory; the directories among them, and whether they are new."""
        status = os.fstat(above)
        if status.st_dev in self._manner.closed or (status.st_dev, status.st_ino) == self._goal:
            return []
        directories = []
        for name in sorted(os.listdir(above)):
            try:
                if (fresh := self._entry(above, below, path, name)) is not None:
                    directories.append((name, fresh))
            except OSError as error:
                if error.errno not in GONE or not _has_vanished(above, name):
                    raise
        return directories

    def _entry(self, above: int, below: int, path: str, name: str) -> "bool | None":
        """Copy one entry; for a directory whether it is new, None for anything else."""
        status = os.lstat(name, dir_fd=above)
        shown = f"{path}/{name}"
        self.size += BLOCK
        if stat.S_ISDIR(status.st_mode):
            return self._make_directory(below, name, shown)
        self._manner.make_room(below, name, self._place + shown)
        if status.st_nlink > 1 and self._second_name(status, below, path, name):
            return None
        if stat.S_ISREG(status.st_mode):
            file = os.open(name, _READ, dir_fd=above)
            try:
                self._file(file, below, name)
            finally:
                os.close(file)
        elif stat.S_ISLNK(status.st_mode):
            self._link(os.readlink(name, dir_fd=above), below, name, status)
        else:
            self._special(below, name, status)
        return None

    def _make_directory(self, below: int, name: str, shown: str) -> bool:
        """See that *name* is a directory; True when it was made now."""
        if self._manner.has_directory(below, name, self._place + shown):
            return False
        os.mkdir(name, 0o700, dir_fd=below)
        return True

    def _second_name(self, status: os.stat_result, below: int, path: str, name: str) -> bool:
        """Link *name* to the copy made before of the same file; False when there is none."""
        first = self._links.setdefault((status.st_dev, status.st_ino), (path, name))
        if first == (path, name):
            return False
        directory = open_below(self._root, f".{first[0]}")
        try:
            os.link(first[1], name, src_dir_fd=directory, dst_dir_fd=below, follow_symlinks=False)
        finally:
            os.close(directory)
        return True

    def _file(self, file: int, below: int, name: str) -> None:
        """Copy the open *file*; a name something is mounted on is written to, not replaced."""
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            return  # another thing has taken the name meanwhile
        made, new = self._manner.create(below, name)
        try:
            self.size += _in_blocks(copy_data(file, made, status.st_size))
            if new:
                self._metadata(file, made)
        finally:
            os.close(made)

    def _link(self, text: str, below: int, name: str, status: os.stat_result) -> None:
        os.symlink(text, name, dir_fd=below)
        self._own(below, name, status)

    def _special(self, below: int, name: str, status: os.stat_result) -> None:
        """A FIFO or a device; a socket means nothing elsewhere."""
        if stat.S_ISSOCK(status.st_mode):
            return
        if not stat.S_ISFIFO(status.st_mode) and not self._manner.make_devices:
            self._warn(f"{name} is a device: not copied")
            return
        try:
            make_node(below, name, status.st_mode, status.st_rdev)
        except PermissionError:
            self._warn(f"{name} is a device, which this user may not make: not copied")
            return
        self._own(below, name, status)

    def _own(self, below: int, name: str, status: os.stat_result) -> None:
        if owner := self._manner.owner:
            try:
                uid, gid = owner(status.st_uid, status.st_gid)
                os.chown(name, uid, gid, dir_fd=below, follow_symlinks=False)
            except OSError as error:
                self._refused(error)
        times = (status.st_atime_ns, status.st_mtime_ns)
        os.utime(name, ns=times, dir_fd=below, follow_symlinks=False)

    def _metadata(self, source: int, target: int) -> None:
        """Owner when wanted, mode, xattrs and times: in that order, see chown(2) and utimensat(2)."""
        status = os.stat(source)
        if owner := self._manner.owner:
            try:
                os.chown(target, *owner(status.st_uid, status.st_gid))
            except OSError as error:
                self._refused(error)
        os.fchmod(target, self._mode(status))
        self._xattrs(source, target)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _mode(self, status: os.stat_result) -> int:
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISDIR(status.st_mode) or self._manner.keep_privileges:
            return mode
        return mode & ~_SET_ID

    def _refused(self, error: OSError) -> None:
        """An owner that does not exist in this user's namespace stays the user."""
        import errno

        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise error

    def _xattrs(self, source: int, target: int) -> None:
        path = fd_path(source)  # works for O_PATH descriptors as well
        try:
            names = os.listxattr(path)
        except OSError:
            return
        for name in names:
            privilege = name == "security.capability" and self._manner.keep_privileges
            if not (privilege or (name.startswith("user.") and not name.startswith("user.overlay."))):
                continue
            try:
                os.setxattr(target, name, os.getxattr(path, name))
            except OSError:  # this file system or this user cannot have it
                continue


class _Both:
    """The directory *path* below both ends, open as long as the block; -1 when the source lost it."""

    def __init__(self, source: int, target: int, path: str) -> None:
        self._ends = (source, target)
        self._path = f".{path}"
        self._open: "list[int]" = []

    def __enter__(self) -> "tuple[int, int]":
        try:
            self._open.append(open_below(self._ends[0], self._path))
        except OSError as error:
            if error.errno not in GONE:
                raise
            return -1, -1
        try:
            self._open.append(open_below(self._ends[1], self._path))
        except OSError as error:
            os.close(self._open.pop())
            if error.errno in GONE:
                raise ConflictError(
                    f"{self._path[1:]} was replaced in the target while it was filled"
                ) from error
            raise
        return self._open[0], self._open[1]

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open:
            os.close(descriptor)


def _has_vanished(directory: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(name, dir_fd=directory).st_mode)  # it was none when it was opened
    except FileNotFoundError:
        return True


def _in_blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def check(source: Source, target: Target) -> Target:
    """*target* with the name the copy of *source* gets there: the rules of docker-cp(1).

    Raises InvalidError for a directory onto a file, or a file into a directory that is not there.
    """
    if target.exists and not target.name:
        return target.replace(name=source.name)
    if target.exists and target.wants_directory:
        raise InvalidError(f"{target.name}: not a directory")
    if target.exists and source.is_directory:
        raise InvalidError("cannot copy directory", hint=f"{target.name} is a file")
    if target.wants_directory and not source.is_directory:
        raise InvalidError("no such directory", hint="without the '/' at the end it would be the file's name")
    return target
