"""Terminals: raw mode and back, window sizes."""

import _struct
import fcntl
import os
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_terminal(descriptor: int) -> bool:
    """Whether *descriptor* is a terminal; False also when it is closed."""
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def make_raw(descriptor: int) -> "list[Any]":
    """Let every byte pass unchanged, as cfmakeraw(3); the former settings are returned for *restore*."""
    former = termios.tcgetattr(descriptor)
    raw = termios.tcgetattr(descriptor)
    raw[0] &= ~(
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP
        | termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON
    )  # fmt: skip
    raw[1] &= ~termios.OPOST
    raw[2] = raw[2] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    raw[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
    termios.tcsetattr(descriptor, termios.TCSANOW, raw)
    return former


def restore(descriptor: int, former: "list[Any]") -> None:
    """Give the terminal the settings back that *make_raw* returned."""
    termios.tcsetattr(descriptor, termios.TCSANOW, former)


def window_size(descriptor: int) -> "tuple[int, int]":
    """(rows, columns) of the terminal; OSError when it is none."""
    packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    rows, columns, _, _ = _struct.unpack("HHHH", packed)
    return rows, columns


def set_window_size(descriptor: int, rows: int, columns: int) -> None:
    """Tell the terminal its size; its foreground processes get SIGWINCH. See ioctl_tty(2)."""
    size = _struct.pack("HHHH", max(0, min(rows, 0xFFFF)), max(0, min(columns, 0xFFFF)), 0, 0)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)
