"""libseccomp, called directly: the source of the syscall tables and the oracle of the filter tests."""

import ctypes
import errno
import functools
import os
import tempfile

# OCI architecture -> SCMP_ARCH_* (the AUDIT_ARCH_* of linux/audit.h; x32 has a mark of its own)
ARCHITECTURES = {
    "SCMP_ARCH_X86_64": 0xC000003E,
    "SCMP_ARCH_X86": 0x40000003,
    "SCMP_ARCH_X32": 0x4000003E,
    "SCMP_ARCH_AARCH64": 0xC00000B7,
    "SCMP_ARCH_ARM": 0x40000028,
}
COMPARE = ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ")


class Argument(ctypes.Structure):
    """struct scmp_arg_cmp"""

    _fields_ = [
        ("index", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


@functools.cache
def library() -> ctypes.CDLL:
    """The system's libseccomp.so.2."""
    found = ctypes.CDLL("libseccomp.so.2")
    found.seccomp_init.restype = ctypes.c_void_p
    found.seccomp_init.argtypes = [ctypes.c_uint32]
    found.seccomp_arch_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    found.seccomp_arch_remove.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    found.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    found.seccomp_release.argtypes = [ctypes.c_void_p]
    found.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(Argument),
    ]
    found.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
    found.seccomp_syscall_resolve_num_arch.argtypes = [ctypes.c_uint32, ctypes.c_int]
    found.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    return found


def number(architecture: str, name: str) -> int | None:
    """The number of system call *name*; None when it has none there."""
    found: int = library().seccomp_syscall_resolve_name_arch(ARCHITECTURES[architecture], name.encode())
    return found if found >= 0 else None


def names(architecture: str) -> dict[str, int]:
    """Every system call libseccomp knows there, with its number."""
    bit = 0x40000000 if architecture == "SCMP_ARCH_X32" else 0
    result = {}
    for candidate in (*range(700), *range(0xF0000, 0xF0010), *range(983040, 983060)):
        pointer = library().seccomp_syscall_resolve_num_arch(ARCHITECTURES[architecture], candidate | bit)
        if pointer:
            result[(ctypes.string_at(pointer) or b"").decode()] = candidate | bit
    return result


def compile_rules(
    default: int, architectures: list[str], rules: list[tuple[int, str, list[Argument]]]
) -> bytes:
    """The BPF program libseccomp makes of *rules* (action, name, arguments)."""
    lib = library()
    context = lib.seccomp_init(default)
    try:
        lib.seccomp_arch_remove(context, 0)
        for architecture in architectures:
            done = lib.seccomp_arch_add(context, ARCHITECTURES[architecture])
            assert done in (0, -errno.EEXIST), done
        for action, name, arguments in rules:
            call = lib.seccomp_syscall_resolve_name_arch(0, name.encode())
            done = lib.seccomp_rule_add_array(
                context, action, call, len(arguments), (Argument * max(1, len(arguments)))(*arguments)
            )
            assert done in (0, -errno.EINVAL, -errno.EEXIST), (name, done)
        with tempfile.TemporaryFile() as file:
            assert lib.seccomp_export_bpf(context, file.fileno()) == 0
            return os.pread(file.fileno(), 1 << 20, 0)
    finally:
        lib.seccomp_release(context)
