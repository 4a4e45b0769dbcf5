"""Capabilities of the calling thread: the five sets of capabilities(7), by name and by bit."""

import _struct

from pyker.kernel.libc import syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# linux/capability.h, in the order of their numbers
_WORDS = """
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT
SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL
SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
"""
NAMES = tuple(f"CAP_{word}" for word in _WORDS.split())
NUMBERS = {name: number for number, name in enumerate(NAMES)}

_MOST = 64  # capset(2) has room for no more
_VERSION_3 = 0x20080522
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_PR_CAP_AMBIENT, _AMBIENT_RAISE, _AMBIENT_CLEAR_ALL = 47, 2, 4


def mask(names: "Iterable[str]") -> int:
    """The bits of *names*; KeyError for a name linux/capability.h does not have."""
    bits = 0
    for name in names:
        bits |= 1 << NUMBERS[name]
    return bits


def names(bits: int) -> "tuple[str, ...]":
    """The names of *bits*, lowest first; bits without a name are left out."""
    return tuple(name for number, name in enumerate(NAMES) if bits >> number & 1)


def held() -> "dict[str, int]":
    """The five sets of this thread as bits: Inh, Prm, Eff, Bnd, Amb, as /proc/self/status calls them."""
    with open("/proc/thread-self/status", "rb") as file:
        lines = file.read().decode(errors="replace").split("\n")
    return {line[3:6]: int(line[7:], 16) for line in lines if line.startswith("Cap")}


def set_bounding(keep: "Iterable[str]") -> None:
    """Drop everything but *keep* from the bounding set. See PR_CAPBSET_DROP in prctl(2).

    How many capabilities there are is asked of the kernel itself: /proc may be an image's by now.
    """
    kept = mask(keep)
    for number in range(_MOST):
        try:
            held_now = syscall("prctl", _PR_CAPBSET_READ, number, 0, 0, 0)
        except OSError:
            return  # the kernel knows no more
        if held_now and not kept >> number & 1:
            syscall("prctl", _PR_CAPBSET_DROP, number, 0, 0, 0)


def set_all(effective: int, permitted: int, inheritable: int, ambient: int) -> None:
    """Make these the thread's sets, bit N for capability N. See capset(2) and PR_CAP_AMBIENT in prctl(2)."""
    low = (effective, permitted, inheritable)
    words = [bits & 0xFFFFFFFF for bits in low] + [bits >> 32 for bits in low]
    clear_ambient()
    syscall("capset", _struct.pack("=Ii", _VERSION_3, 0), _struct.pack("=6I", *words))
    for number in range(ambient.bit_length()):
        if ambient >> number & 1:
            syscall("prctl", _PR_CAP_AMBIENT, _AMBIENT_RAISE, number, 0, 0, about=NAMES[number])


def clear_ambient() -> None:
    """Empty the ambient set. See PR_CAP_AMBIENT in prctl(2)."""
    syscall("prctl", _PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
