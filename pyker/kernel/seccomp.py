"""Loading a seccomp filter: a classic BPF program that judges every system call from here on."""

import _struct

from pyker.kernel.libc import address, syscall

SET_MODE_FILTER = 1  # linux/seccomp.h

# OCI name -> SECCOMP_FILTER_FLAG_*
FLAGS = {
    "SECCOMP_FILTER_FLAG_TSYNC": 1,
    "SECCOMP_FILTER_FLAG_LOG": 2,
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4,
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": 32,
}
NEW_LISTENER = 8

INSTRUCTION = 8  # bytes of a struct sock_filter


def load(program: bytes, flags: int = 0) -> int:
    """Put this thread, and all it starts, under *program* (an array of struct sock_filter) for ever.

    With NEW_LISTENER among *flags* the descriptor by which an agent answers is returned.
    Needs CAP_SYS_ADMIN in the user namespace, or no_new_privs. See seccomp(2).
    """
    code = bytearray(program)
    filter_program = _struct.pack("@HP", len(code) // INSTRUCTION, address(code))
    return syscall("seccomp", SET_MODE_FILTER, flags, filter_program)
