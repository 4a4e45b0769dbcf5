"""eBPF, as far as device control groups need it: assemble, load and attach a device program.

See bpf(2), linux/bpf.h, and Documentation/admin-guide/cgroup-v2.rst, "Device controller".
"""

import _struct
import os

from pyker.kernel.libc import address, syscall

PROG_LOAD, PROG_ATTACH = 5, 8
CGROUP_DEVICE_PROGRAM = 15
CGROUP_DEVICE_ATTACH = 6
ALLOW_MULTI = 2  # programs of the groups above stay in force; all must agree

BLOCK, CHARACTER = 1, 2  # BPF_DEVCG_DEV_*
MAKE, READ, WRITE = 1, 2, 4  # BPF_DEVCG_ACC_*

# linux/bpf_common.h and linux/bpf.h name these by class, size and mode
LOAD_WORD, MOVE, MOVE_REGISTER, AND, SHIFT_RIGHT = 0x61, 0xB7, 0xBF, 0x57, 0x77
JUMP_IF_EQUAL, JUMP_UNLESS_EQUAL, EXIT = 0x15, 0x55, 0x95


def instruction(opcode: int, to: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    """One struct bpf_insn."""
    return _struct.pack("=BBhi", opcode, to | source << 4, offset, value)


def load_device_program(code: bytes) -> int:
    """A descriptor for the verified program. OSError as bpf(2): EPERM without CAP_BPF or CAP_SYS_ADMIN."""
    instructions, licence = bytearray(code), bytearray(b"GPL\0")
    attributes = _struct.pack(
        "=IIQQIIQII16s",
        CGROUP_DEVICE_PROGRAM,
        len(code) // 8,
        address(instructions),
        address(licence),
        0,
        0,
        0,
        0,
        0,
        b"pyker_devices",
    )
    return syscall("bpf", PROG_LOAD, attributes, len(attributes), about="device program")


def attach_device_program(group: str, program: int) -> None:
    """Let *program* judge every open and mknod of a device in the v2 control group at path *group*."""
    directory = os.open(group, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        attributes = _struct.pack("=IIII", directory, program, CGROUP_DEVICE_ATTACH, ALLOW_MULTI)
        syscall("bpf", PROG_ATTACH, attributes, len(attributes), about=group)
    finally:
        os.close(directory)
