"""Images made by an attacker: a busybox, and whatever else the attacker likes."""

import tarfile

from tests.support.command import Pyker
from tests.support.images import entry, folder, make_tar, symlink
from tests.support.machine import need

APPLETS = (
    "cat",
    "echo",
    "grep",
    "id",
    "ls",
    "pwd",
    "readlink",
    "rm",
    "mkfifo",
    "sh",
    "sleep",
    "stat",
    "touch",
    "true",
)
Member = tuple[tarfile.TarInfo, bytes]


def import_hostile(pyker: Pyker, *members: Member, changes: tuple[str, ...] = ()) -> str:
    """The name of a new image of busybox and *members*, with *changes* to its configuration."""
    with open(need("busybox"), "rb") as file:
        busybox = entry("bin/busybox", data=file.read(), mode=0o755)
    links = [symlink(f"bin/{applet}", "busybox") for applet in APPLETS]
    words = [word for change in changes for word in ("--change", change)]
    pyker("import", *words, "-", "hostile", stdin=make_tar(folder("bin"), busybox, *links, *members))
    return "hostile"


def fifo(name: str) -> Member:
    """A pipe that nobody writes to."""
    return entry(name, tarfile.FIFOTYPE)


def program(name: str, text: str) -> Member:
    """An executable script."""
    return entry(name, data=text.encode(), mode=0o755)
