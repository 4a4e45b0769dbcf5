"""The container's terminal, from its own devpts, so that its name means something inside."""

import errno
import fcntl
import os
import stat
import termios

from pyker.kernel.paths import open_in_root
from pyker.kernel.terminal import set_window_size

_PTMX = os.makedev(5, 2)
_TIOCGPTPEER = 0x5441  # asm-generic/ioctls.h
_TIOCSPTLCK = 0x40045431


def open_terminal(root: int, size: "dict[str, int] | None" = None) -> "tuple[int, int]":
    """A new terminal of the devpts mounted inside *root*, of OCI consoleSize *size*: (master, slave).

    The container may have put anything at /dev/pts/ptmx, so what was opened is checked to be the
    multiplexer device, and the slave comes from the master, never from a path (TIOCGPTPEER).
    """
    master = open_in_root(root, "/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY)
    try:
        status = os.fstat(master)
        if not stat.S_ISCHR(status.st_mode) or status.st_rdev != _PTMX:
            raise OSError(errno.ENODEV, "is not the pseudo terminal multiplexer", "/dev/pts/ptmx")
        fcntl.ioctl(master, _TIOCSPTLCK, b"\0\0\0\0")
        slave = fcntl.ioctl(master, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        if size:
            set_window_size(master, size.get("height", 0), size.get("width", 0))
    except BaseException:
        os.close(master)
        raise
    return master, slave


def take_terminal(slave: int) -> None:
    """Make *slave* the controlling terminal of this session leader, and its 0, 1 and 2."""
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)


def own_streams(uid: int, gid: int) -> None:
    """Give 0, 1 and 2 to the container's user, so that it can open /dev/stdout again.

    Those of somebody else, which this process may not give away, stay as they are.
    """
    for descriptor in (0, 1, 2):
        status = os.fstat(descriptor)
        pipe = stat.S_ISFIFO(status.st_mode) and status.st_uid != uid
        if not pipe and not (stat.S_ISCHR(status.st_mode) and os.isatty(descriptor)):
            continue
        try:
            os.fchown(descriptor, uid, gid if pipe else -1)
        except PermissionError:
            continue
