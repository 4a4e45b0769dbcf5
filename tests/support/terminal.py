"""A terminal with a person at it: `pyker run -it` as users see it."""

import fcntl
import os
import select
import struct
import termios
import time
from types import TracebackType
from typing import Self

from tests.support.command import PATIENCE, Pyker


class Terminal:
    """`pyker WORDS` on a pseudo-terminal of *rows* by *columns*; leaving the `with` ends the command."""

    def __init__(self, pyker: Pyker, *words: str, rows: int = 24, columns: int = 80) -> None:
        self.screen = b""  # everything shown so far
        self.master, slave = os.openpty()
        self.resize(rows, columns)
        os.fchown(slave, pyker.account.uid, pyker.account.gid)
        self.process = pyker.popen(
            *words, env={"TERM": "xterm"}, streams=(slave, slave, slave), before=("setsid", "--ctty")
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()

    def resize(self, rows: int, columns: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def send(self, text: str) -> None:
        """Type *text*; end a line with \\r, as the return key does."""
        os.write(self.master, text.encode())

    def expect(self, text: str, timeout: float = PATIENCE / 3) -> str:
        """Wait until *text* is shown (after what an earlier expect found); the screen up to and with it."""
        deadline = time.monotonic() + timeout
        while text.encode() not in self.screen:
            assert self._more(deadline), f"no {text!r} within {timeout} s, but: {self.screen!r}"
        shown, found, self.screen = self.screen.partition(text.encode())
        return (shown + found).decode(errors="backslashreplace")

    def end(self, timeout: float = PATIENCE / 3) -> int:
        """Wait until the command ends by itself; its exit status."""
        deadline = time.monotonic() + timeout
        while self._more(deadline):
            pass
        return self.process.wait(max(deadline - time.monotonic(), 0.1))

    def _more(self, deadline: float) -> bool:
        """Read what the terminal shows next; False at the end of it and after *deadline*."""
        ready, _, _ = select.select([self.master], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: nobody has the other side open any more
            return False
        self.screen += data
        return bool(data)
