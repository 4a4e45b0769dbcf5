"""Nouns of the runtime: a process that was started, and what it reads and writes."""

from pyker.base.value import Value
from pyker.kernel.stub import Hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.runtime.hooks import Hooks
    from pyker.runtime.notify import Agent


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


class Manner(Value):
    """How the start of a bundle differs from that of an engine's container."""

    bundle: bool = False  # its root is a directory, not yet a mount
    pivot: bool = True  # else the root is moved over "/": for a host whose own root is a ramdisk
    keyring: bool = True  # a session keyring of its own
    descriptors: "tuple[int, ...]" = ()  # handed on beside 0, 1 and 2
    hold: "Hold | None" = None  # wait before the program is executed: `create`
    hooks: "Hooks | None" = None  # what to run in the middle of it
    agent: "Agent | None" = None  # who answers system calls that seccomp holds up
