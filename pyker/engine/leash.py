"""What keeps `exec` from leaving orphans: its process ends when the command that asked for it is killed."""

import os
import time

from pyker.supervisor.duty import NEVER, Duty

HANG_UP, KILL, CONTINUE = 1, 9, 18
GRACE = 2.0  # seconds between the two


class Leash(Duty):
    """SIGHUP, as when a terminal goes away, then SIGKILL, for the process group of *pid*, a child of ours."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._deadline = NEVER

    def abandoned(self) -> None:
        """See Duty.abandoned."""
        self._signal(HANG_UP)
        self._signal(CONTINUE)
        self._deadline = time.monotonic() + GRACE

    def due(self) -> float:
        """See Duty.due."""
        return self._deadline

    def act(self, ready: object, now: float) -> None:  # noqa: ARG002 - nothing is watched
        """See Duty.act."""
        self._deadline = NEVER
        self._signal(KILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._pid, number)
        except (ProcessLookupError, PermissionError):
            return  # it has ended, or left its group
