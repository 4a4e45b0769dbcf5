"""What the kernel makes of a seccomp filter for every number of an ABI, without one call being carried out.

Every "allow" of the program is turned into an errno of its own, so that nothing happens; the child that
lives under such a filter can then neither write nor exit, so it answers through shared memory.
"""

import array
import ctypes
import mmap
import os
import signal
import struct
import time

from pyker.kernel import seccomp
from tests.support.filter import ALLOW, ERRNO

ALLOWED = 4000  # the errno that stands for "allow"; MAX_ERRNO is 4095

# mov eax, edi; push rbx; xor ebx, ebx; xor ecx, ecx; xor edx, edx; int 0x80; cdqe; pop rbx; ret
_INT_80 = bytes.fromhex("89f8 53 31db 31c9 31d2 cd80 4898 5b c3")


def answers(program: bytes, numbers: list[int], *, int_80: bool = False) -> list[int]:
    """The errno each of *numbers* gets under *program*, ALLOWED when it may pass; by int 0x80 for i386."""
    shared = mmap.mmap(-1, 4 * len(numbers) + 4)
    pid = os.fork()
    if pid == 0:
        _probe(_harmless(program), array.array("I", numbers), shared, int_80=int_80)
    try:
        _wait(shared, len(numbers))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return list(struct.unpack_from(f"<{len(numbers)}i", shared, 4))


def _wait(shared: mmap.mmap, count: int) -> None:
    deadline = time.monotonic() + 60
    while struct.unpack_from("<I", shared, 0)[0] < count:
        assert time.monotonic() < deadline, "the probing child stands still"
        time.sleep(0.01)


def _harmless(program: bytes) -> bytes:
    allow, instead = (struct.pack("<HBBI", 0x06, 0, 0, value) for value in (ALLOW, ERRNO | ALLOWED))
    rows = [program[place : place + 8] for place in range(0, len(program), 8)]
    return b"".join(instead if row == allow else row for row in rows)


def _probe(program: bytes, numbers: "array.array[int]", shared: mmap.mmap, *, int_80: bool) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(_INT_80)
    by_interrupt = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_uint)(
        ctypes.addressof(ctypes.c_char.from_buffer(code))
    )
    results = (ctypes.c_int32 * (len(numbers) + 1)).from_buffer(shared)
    call = by_interrupt if int_80 else libc.syscall
    call(0xFFFFFF)  # once before the filter, so that everything lazy is done
    seccomp.load(program)
    for place, number in enumerate(numbers):
        done = call(ctypes.c_uint(number), 0, 0, 0, 0, 0, 0) if not int_80 else call(number)
        results[place + 1] = -done if int_80 else ctypes.get_errno()
        results[0] = place + 1
    while True:
        pass
