"""Words out: every line a command prints goes through here, whole and at once.

Python's own sys.stdout is not used: it keeps text until the end and fails there, where nobody can
say anything sensible any more.
"""

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.errors import PykerError

OUT, ERR = 1, 2


class OutputClosed(Exception):
    """Whoever read our output has gone; nothing is left to say to them (`pyker ps | head -1`)."""


def say(text: str = "", end: str = "\n") -> None:
    """Print *text* on standard output; OutputClosed when its reader has gone, OSError as write(2)."""
    put(OUT, encoded(text + end))


def encoded(text: str) -> bytes:
    """*text* as bytes: those that were no text when they came in come out as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def harmless(text: str) -> str:
    """*text* with what would steer a terminal escaped: images name things too."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def _harmless(sign: str) -> str:
    if sign.isprintable() or sign in "\n\t" or "\udc80" <= sign <= "\udcff":
        return sign
    return sign.encode("unicode_escape").decode("ascii")


def complain(text: str) -> None:
    """Print *text* on standard error; nothing happens when that is closed."""
    try:
        put(ERR, encoded(harmless(text) + "\n"))
    except (OSError, OutputClosed):
        return


def explained(error: "PykerError") -> str:
    """An error as people read it: what is wrong, and the way out."""
    return f"Error: {error.message}\nhint: {error.hint}" if error.hint else f"Error: {error.message}"


def warn(text: str) -> None:
    """Tell of something that is worse than it should be."""
    complain(f"WARNING: {text}")


def put(descriptor: int, data: "bytes | bytearray | memoryview") -> None:
    """Write every byte of *data*, waiting where the other end is slow."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select((), (descriptor,), ())
        except BrokenPipeError:
            raise OutputClosed from None
