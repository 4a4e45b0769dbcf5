"""AppArmor's confinement of the program that is executed next. See apparmor(7) and proc_pid_attr(5)."""

import os

from pyker.base.errors import InvalidError

UNCONFINED = "unconfined"
_ENABLED = "/sys/module/apparmor/parameters/enabled"
_FILES = ("self/attr/apparmor/exec", "self/attr/exec")  # the second is shared with other modules, before 5.8


def enabled() -> bool:
    """Whether this kernel confines by AppArmor."""
    try:
        with open(_ENABLED, encoding="ascii") as file:
            return file.read().startswith("Y")
    except OSError:
        return False


def open_exec(proc: "int | None" = None) -> int:
    """What the calling process can write its next profile to, below the open directory *proc*, or /proc.

    To be opened while that is the host's, and written by the very process that executes.
    """
    last = len(_FILES) - 1
    for number, name in enumerate(_FILES):
        try:
            path = name if proc is not None else f"/proc/{name}"
            return os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        except FileNotFoundError:
            if number == last:
                raise
    raise AssertionError("unreachable: the last one opens or raises")


def confine(descriptor: int, profile: str) -> None:
    """Have the next execve(2) enter *profile*, by the *descriptor* of open_exec, which is closed.

    Raises InvalidError for a profile that is not loaded, OSError otherwise.
    """
    try:
        os.write(descriptor, b"exec " + os.fsencode(profile))
    except FileNotFoundError:
        raise InvalidError(
            f"AppArmor knows no profile {profile!r}", hint="load it: apparmor_parser -r FILE", code=125
        ) from None
    finally:
        os.close(descriptor)
