"""The pipes between a process and its supervisor."""

import os

from pyker.runtime.process import Stdio


class Streams:
    """The pipes of a container without a terminal: its ends, and the supervisor's.

    With *passed*, its ends are these, and the supervisor has none.
    """

    def __init__(self, *, tty: bool, stdin_open: bool, passed: "tuple[int, ...]" = ()) -> None:
        self.inside = Stdio(*passed)
        self.stdin = self.stdout = self.stderr = -1
        if tty or passed:
            return
        if stdin_open:
            stdin, self.stdin = os.pipe2(os.O_CLOEXEC)
        else:
            stdin = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        self.stdout, stdout = os.pipe2(os.O_CLOEXEC)
        self.stderr, stderr = os.pipe2(os.O_CLOEXEC)
        self.inside = Stdio(stdin, stdout, stderr)

    def close_inside(self) -> None:
        """Let go of the container's ends, so that its end is the end of the pipes."""
        for descriptor in (self.inside.stdin, self.inside.stdout, self.inside.stderr):
            if descriptor >= 0:
                os.close(descriptor)
