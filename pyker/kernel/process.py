"""Processes: forks, signals by pidfd, and prctl(2) through python-prctl.

Its C half is used alone: the Python half costs a millisecond at every start.
"""

import os

import _prctl as native

from pyker.kernel.libc import syscall
from pyker.kernel.liveness import start_time

_SIGCHLD, _SIGKILL = 17, 9
CLONE_FILES = 0x400  # linux/sched.h

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def fork_into(namespaces: int) -> int:
    """As os.fork(), the child born in new *namespaces* (or with other clone flags). See clone(2).

    Unlike unshare(2) of a pid namespace before a fork, it leaves the later children of this process alone.
    For single-threaded processes only: Python's own preparations for threads in the child are not run.
    """
    return syscall("clone", namespaces | _SIGCHLD, 0, 0, 0, 0)


def become_subreaper() -> None:
    """Orphans below this process become its children. See PR_SET_CHILD_SUBREAPER in prctl(2)."""
    native.prctl(native.PR_SET_CHILD_SUBREAPER, 1)


def hide_from_ptrace(*, hide: bool = True) -> None:
    """Make this process non-dumpable: its /proc/PID/{exe,fd,mem} are closed to the container."""
    native.prctl(native.PR_SET_DUMPABLE, 0 if hide else 1)


def die_with_parent(parent: int) -> None:
    """Be killed when *parent*, who forked this process, ends; at once if it has. See prctl(2)."""
    native.prctl(native.PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def no_new_privileges() -> None:
    """See PR_SET_NO_NEW_PRIVS in prctl(2)."""
    native.prctl(native.PR_SET_NO_NEW_PRIVS, 1)


def keep_capabilities(keep: bool) -> None:  # noqa: FBT001 - the flag of prctl(2)
    """Whether the permitted set outlives a change of user. See PR_SET_KEEPCAPS in prctl(2)."""
    native.prctl(native.PR_SET_KEEPCAPS, int(keep))


def set_personality(domain: str) -> None:
    """Execute programs as in *domain*, LINUX or LINUX32 (a 32-bit machine). See personality(2)."""
    syscall("personality", {"LINUX": 0, "LINUX32": 8}[domain])


def name_process(name: str) -> None:
    """What `ps` shows as the command's name, 15 bytes at most."""
    native.prctl(native.PR_SET_NAME, name[:15])


def leave_caller() -> None:
    """Keep nothing of the caller's terminal, session or working directory; 0, 1 and 2 lead nowhere."""
    os.setsid()
    os.chdir("/")
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if null > 2:
        os.close(null)


def close_from(lowest: int, keep: "Iterable[int]" = ()) -> None:
    """Close every descriptor from *lowest* up, except *keep*. See close_range(2)."""
    start = lowest
    for descriptor in sorted(keep):
        if descriptor > start:
            syscall("close_range", start, descriptor - 1, 0)
        start = max(start, descriptor + 1)
    syscall("close_range", start, 0xFFFFFFFF, 0)


def send_signal(pid: int, started: int, signal: int) -> bool:
    """Send *signal* to just that process; False when it is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if start_time(pid) != started:
            return False
        syscall("pidfd_send_signal", descriptor, signal, None, 0, about=pid)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True
