"""AppArmor's confinement of the program that is executed next. See apparmor(7) and proc_pid_attr(5)."""

import os

from pyker.base.errors import InvalidError
from pyker.kernel.paths import CLOEXEC_DIRECTORY

UNCONFINED = "unconfined"
_WRITE = os.O_WRONLY | os.O_CLOEXEC
_ENABLED = "/sys/module/apparmor/parameters/enabled"
_FILES = ("self/attr/apparmor/exec", "self/attr/exec")  # the second is shared with other modules, before 5.8


def enabled() -> bool:
    """Whether this kernel confines by AppArmor."""
    try:
        with open(_ENABLED, encoding="ascii") as file:
            return file.read().startswith("Y")
    except OSError:
        return False


class Profile:
    """The profile *name* for the program that is executed next.

    Made while /proc is the host's, opened by the very process that executes, and entered by it: whatever an
    image has at /proc is never asked.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.descriptor = -1
        self._proc = os.open("/proc", CLOEXEC_DIRECTORY)

    def open(self) -> None:
        """Hold open what this process can write its next profile to; OSError without AppArmor."""
        try:
            self.descriptor = os.open(_FILES[0], _WRITE, dir_fd=self._proc)
        except FileNotFoundError:
            self.descriptor = os.open(_FILES[1], _WRITE, dir_fd=self._proc)
        os.close(self._proc)

    def enter(self) -> None:
        """Have the next execve(2) enter it; InvalidError when it is not loaded, OSError otherwise."""
        try:
            os.write(self.descriptor, b"exec " + os.fsencode(self.name))
        except FileNotFoundError:
            raise InvalidError(
                f"AppArmor knows no profile {self.name!r}", hint="load it: apparmor_parser -r FILE", code=125
            ) from None
        finally:
            os.close(self.descriptor)
