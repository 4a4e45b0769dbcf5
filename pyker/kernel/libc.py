"""The one door to the kernel: system calls by number, errno turned into OSError once.

`_ctypes` is used without `ctypes`, whose Python half costs 4 ms at every start; every call goes
through syscall(2), so that one prototype serves them all and a libc without a wrapper is no matter.
"""

import _ctypes
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

# (x86-64, everything newer: the generic table of asm-generic/unistd.h used by arm64 and riscv64)
_NUMBERS = {
    "fcntl": (72, 25),
    "poll": (7, -1),
    "ppoll": (271, 73),
    "write": (1, 64),
    "read": (0, 63),
    "exit_group": (231, 94),
    "execve": (59, 221),
    "umount2": (166, 39),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "capget": (125, 90),
    "capset": (126, 91),
    "unshare": (272, 97),
    "setns": (308, 268),
    "seccomp": (317, 277),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "mknodat": (259, 33),
    "personality": (135, 92),
    "ioprio_set": (251, 30),
    "sched_setattr": (314, 274),
    "clone": (56, 220),
    "clone3": (435, 435),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "pidfd_open": (434, 434),
    "close_range": (436, 436),
    "openat2": (437, 437),
    "mount_setattr": (442, 442),
    "pidfd_send_signal": (424, 424),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "name_to_handle_at": (303, 264),
    "syncfs": (306, 267),
}
NUMBER: "Final" = {name: pair[0 if os.uname().machine == "x86_64" else 1] for name, pair in _NUMBERS.items()}


class _Long(_ctypes._SimpleCData):  # type: ignore[type-arg] # noqa: SLF001 - the public ctypes is what we avoid
    _type_ = "l"


class _Char(_ctypes._SimpleCData):  # type: ignore[type-arg] # noqa: SLF001
    _type_ = "c"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Long


_syscall: "Any" = _Function(_ctypes.dlsym(_ctypes.dlopen(None, 0), "syscall"))  # type: ignore[arg-type]


def address(buffer: bytearray) -> int:
    """Where *buffer* lies in memory; valid while it is neither resized nor dropped."""
    array = _Char * len(buffer)
    return _ctypes.addressof(array.from_buffer(buffer))


def syscall(name: str, *arguments: "int | bytes | bytearray | None", about: object = "") -> int:
    """Do system call *name*; OSError with the call and *about* in it when the kernel says no.

    bytes are passed as pointers to constant text, bytearrays as pointers the kernel may write to.
    """
    native = [_native(argument) for argument in arguments]
    _ctypes.set_errno(0)
    result: int = _syscall(_Long(NUMBER[name]), *native)
    if result < 0:
        number = _ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}", str(about) or None)
    return result


def _native(argument: "int | bytes | bytearray | None") -> object:
    if isinstance(argument, int):
        return _Long(argument)
    if isinstance(argument, bytearray):
        return (_Char * len(argument)).from_buffer(argument)
    return argument


def fs_text(text: "str | bytes") -> bytes:
    """*text* as the kernel wants a path or name: bytes, no NUL inside."""
    data = os.fsencode(text)
    if b"\0" in data:
        raise ValueError(f"{text!r} holds a NUL byte")
    return data


ENDIAN: "Final" = sys.byteorder
