"""A program that waits to begin: the two FIFOs in the directory of its container by which it is let go.

`start` is read by what waits; `result` closes when the program runs, or brings why it does not.
"""

import errno
import os
import select

from pyker.base.errors import ConflictError
from pyker.kernel.stub import Hold
from pyker.runtime import message

NAMES = ("start", "result")


def make_hold(place: str) -> Hold:
    """Make the FIFOs in directory *place*, open both ways so that neither side waits for the other."""
    for name in NAMES:
        os.mkfifo(f"{place}/{name}", 0o600)
    start, result = (os.open(f"{place}/{name}", os.O_RDWR | os.O_CLOEXEC) for name in NAMES)
    return Hold(start, result, message.CREATED)


def close_hold(hold: "Hold | None") -> None:
    """Close our ends: the program has its own."""
    if hold:
        os.close(hold.start)
        os.close(hold.result)


def let_begin(place: str, name: str) -> None:
    """Let the program that waits in *place*, *name* in errors, begin; back when it runs.

    Raises ConflictError when nothing waits there any more, CommandError when it cannot be executed.
    """
    result = os.open(f"{place}/result", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _release(place)
        _hear(result, name)
    finally:
        os.close(result)


def _release(place: str) -> None:
    """The byte that a held program reads. See fifo(7): without a reader there is ENXIO."""
    try:
        begin = os.open(f"{place}/start", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise ConflictError("cannot start a container that has stopped") from None
        raise
    os.write(begin, b"1")
    os.close(begin)


def _hear(result: int, name: str) -> None:
    """Back when the program runs: its end of the FIFO was closed by execve(2)."""
    poll = select.poll()
    poll.register(result, select.POLLIN)
    poll.poll()
    failed = os.read(result, 65536)
    if failed.startswith(b"{"):
        message.raise_failure(failed, "")
    if failed:
        raise message.exec_failure(int.from_bytes(failed, "little"), name)
