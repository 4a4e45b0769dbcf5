"""Nouns of the runtime: a process that was started, and what it reads and writes."""

from pyker.base.value import Value


class Launched(Value):
    """A container's first process: pid, start time in clock ticks, and its terminal's master or -1."""

    pid: int
    started: int
    master: int = -1


class Stdio(Value):
    """The descriptors that become the container's 0, 1 and 2; unused when it has a terminal."""

    stdin: int = -1
    stdout: int = -1
    stderr: int = -1
