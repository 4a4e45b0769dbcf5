"""Processes: identity that survives pid reuse, signals by pidfd, prctl(2) through python-prctl."""

import os

import prctl

from pyker.kernel.libc import syscall

_SIGCHLD = 17

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def fork_into(namespaces: int) -> int:
    """As os.fork(), the child born in new *namespaces* (clone flags). See clone(2).

    Unlike unshare(2) of a pid namespace before a fork, it leaves the later children of this process alone.
    For single-threaded processes only: Python's own preparations for threads in the child are not run.
    """
    return syscall("clone", namespaces | _SIGCHLD, 0, 0, 0, 0)


def become_subreaper() -> None:
    """Orphans below this process become its children. See PR_SET_CHILD_SUBREAPER in prctl(2)."""
    prctl.set_child_subreaper(1)


def hide_from_ptrace() -> None:
    """Make this process non-dumpable: its /proc/PID/{exe,fd,mem} are closed to the container."""
    prctl.set_dumpable(0)


def die_with_parent(signal: int) -> None:
    """See PR_SET_PDEATHSIG in prctl(2)."""
    prctl.set_pdeathsig(signal)


def no_new_privileges() -> None:
    """See PR_SET_NO_NEW_PRIVS in prctl(2)."""
    prctl.set_no_new_privs(1)


def name_process(name: str) -> None:
    """What `ps` shows as the command's name, 15 bytes at most."""
    prctl.set_name(name[:15])


def close_from(lowest: int, keep: "Iterable[int]" = ()) -> None:
    """Close every descriptor from *lowest* up, except *keep*. See close_range(2)."""
    start = lowest
    for descriptor in sorted(keep):
        if descriptor > start:
            syscall("close_range", start, descriptor - 1, 0)
        start = max(start, descriptor + 1)
    syscall("close_range", start, 0xFFFFFFFF, 0)


def start_time(pid: int) -> int:
    """When *pid* started, in clock ticks since boot; 0 when there is no such process or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def alive(pid: int, started: int) -> bool:
    """Whether the process that was *pid* at *started* still runs."""
    return pid > 0 and started > 0 and start_time(pid) == started


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
