"""The two ends of a copy, and what is there: found once, then held by descriptors.

In a container every lookup stays in its root (openat2, RESOLVE_IN_ROOT), whatever its processes do to the
names meanwhile. The rules for where a copy goes are those of docker-cp(1).
"""

import errno
import os
import stat

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.value import Value
from pyker.kernel.paths import O_PATH, open_in_root

MAX_LINKS = 40  # as the kernel, see path_resolution(7)


class End(Value):
    """One end as the user wrote it: a container's path, a path of this machine, or "-" for a stream."""

    container: str
    path: str

    @property
    def is_stream(self) -> bool:
        """Whether it is standard input or output."""
        return not self.container and self.path == "-"


def parse_end(text: str) -> End:
    """`CONTAINER:PATH`, or a local path: one that begins with "/" or "." or has no colon."""
    container, colon, path = text.partition(":")
    if text.startswith("/") or not colon or container.startswith("."):
        return End("", text)
    return End(container, path)


class Place:
    """This machine, or with *root* the inside of a container called *name*."""

    def __init__(self, root: int = -1, name: str = "") -> None:
        self.root = root
        self.name = name

    def absolute(self, path: str) -> str:
        """*path* without "." and "..", from "/", keeping a "/" or "/." at its end: it says something."""
        base = "/" if self.name else os.getcwd()
        clean = os.path.normpath(os.path.join(base, path))
        clean = "/" + clean.lstrip("/")
        last = path.rpartition("/")[2]
        if last == ".":
            return f"{clean.rstrip('/')}/."
        return clean if last or clean == "/" else f"{clean}/"

    def open(self, path: str, flags: int) -> int:
        """Open *path* here; OSError as open(2)."""
        if self.name:
            return open_in_root(self.root, path, flags)
        return os.open(path, flags | os.O_CLOEXEC)

    def missing(self, path: str) -> NotFoundError:
        """The error for a *path* that is not there."""
        if self.name:
            return NotFoundError(f"Could not find the file {path} in container {self.name}")
        return NotFoundError(f"lstat {path}: no such file or directory")


class Source(Value):
    """What is to be copied: open (O_PATH), and under which name; "" is the content of a directory."""

    descriptor: int
    name: str
    mode: int

    @property
    def is_directory(self) -> bool:
        """Whether it is one."""
        return stat.S_ISDIR(self.mode)


def open_source(place: Place, path: str, *, follow: bool) -> Source:
    """What *path* names in *place*, a link itself unless *follow*; NotFoundError when nothing."""
    text = place.absolute(path)
    content = text.endswith("/.") or text == "/"
    flags = O_PATH
    if text.endswith(("/", "/.")):
        flags |= os.O_DIRECTORY
    elif not follow:
        flags |= os.O_NOFOLLOW
    try:
        descriptor = place.open(text, flags)
    except FileNotFoundError:
        raise place.missing(text) from None
    except NotADirectoryError:
        raise InvalidError(f"{text}: not a directory") from None
    name = "" if content else os.path.basename(text.rstrip("/"))
    return Source(descriptor, name, os.fstat(descriptor).st_mode)


class Target(Value):
    """Where a copy goes: a directory, open, and a name in it; "" is the directory itself."""

    directory: int
    name: str
    exists: bool = False
    wants_directory: bool = False  # written with a "/" at the end


def open_target(place: Place, path: str) -> Target:
    """The place that *path* names, links followed, even those to nowhere; its directory must exist.

    Raises NotFoundError when it does not, InvalidError for what is neither a directory nor a file.
    """
    text = place.absolute(path)
    wanted = text.endswith(("/", "/."))
    for _ in range(MAX_LINKS):
        found = _look(place, text, wanted=wanted)
        if isinstance(found, Target):
            return found
        text = found
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _look(place: Place, text: str, *, wanted: bool) -> "Target | str":
    """The target at *text*, or where the link leads that is there."""
    parent, _, name = text.rstrip("/").removesuffix("/.").rpartition("/")
    if name in ("", ".", ".."):
        return Target(_open_directory(place, text), "", exists=True)
    directory = _open_directory(place, parent or "/")
    try:
        status = os.lstat(name, dir_fd=directory)
    except FileNotFoundError:
        return Target(directory, name, wants_directory=wanted)
    if stat.S_ISLNK(status.st_mode):
        return _behind(directory, parent, name)
    if stat.S_ISDIR(status.st_mode):
        return _enter(directory, name)
    if stat.S_ISREG(status.st_mode):
        return Target(directory, name, exists=True, wants_directory=wanted)
    os.close(directory)
    raise InvalidError(f'destination "{_shown(place, text)}" must be a directory or a regular file')


def _open_directory(place: Place, parent: str) -> int:
    try:
        return place.open(parent, O_PATH | os.O_DIRECTORY)
    except FileNotFoundError:
        if place.name:
            raise place.missing(parent) from None
        raise NotFoundError(f'invalid output path: directory "{parent}" does not exist') from None
    except NotADirectoryError:
        raise InvalidError(f"{parent}: not a directory") from None


def _behind(directory: int, parent: str, name: str) -> str:
    """What the link *name* points to, as a path of its place; ".." is left to the kernel."""
    try:
        link = os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        link = name  # no link any more: look again
    finally:
        os.close(directory)
    return link if link.startswith("/") else f"{parent}/{link}"


def _enter(directory: int, name: str) -> Target:
    try:
        entered = os.open(name, O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    finally:
        os.close(directory)
    return Target(entered, "", exists=True)


def _shown(place: Place, text: str) -> str:
    return f"{place.name}:{text}" if place.name else text
