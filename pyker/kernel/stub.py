"""Programs of a few system calls, assembled on the spot: static ELF files of some hundred bytes.

Two uses. `exec_program` puts such a program between pyker and a container's command, so that
nothing the image controls ever finds the host's Python behind /proc/PID/exe (CVE-2019-5736).
`park` lets a waiting process shrink from a Python interpreter to a few pages of memory.

The calls run one after the other. Arguments are constants; what the kernel put on the stack at
execve (argv, envp) is reached by offset, so the program carries no copy of it. See elf(5), and
for the registers syscall(2).
"""

import _struct
import errno
import fcntl
import os

from pyker.base.jsonfile import write_all
from pyker.base.value import Value
from pyker.kernel.libc import fs_text
from pyker.kernel.process import close_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Iterable, Mapping, Sequence
    from typing import NoReturn
else:
    import _signal

# ELF e_machine, and the numbers of asm/unistd_64.h and asm-generic/unistd.h
_MACHINES = {
    "x86_64": (
        62,
        {
            "fcntl": 72,
            "ppoll": 271,
            "write": 1,
            "exit_group": 231,
            "execve": 59,
            "prctl": 157,
            "read": 0,
            "close": 3,
        },
    ),
    "aarch64": (
        183,
        {
            "fcntl": 25,
            "ppoll": 73,
            "write": 64,
            "exit_group": 94,
            "execve": 221,
            "prctl": 167,
            "read": 63,
            "close": 57,
        },
    ),
}
_MACHINE = os.uname().machine
_TEXT = 0x400000  # where the file is mapped to be read and executed
_DATA = 0x800000  # where its writable part is mapped once more
_PAGE = 0x10000  # the largest page an aarch64 kernel may have
_HEADERS = 64 + 3 * 56
_SCRATCH = -8  # below the stack pointer nobody writes: every signal is blocked or deadly

F_SETFD, FD_CLOEXEC = 2, 1
PR_SET_NAME = 15
POLLIN = 1
MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC = 1, 2, 0x10
F_ADD_SEALS, SEALS = 1033, 0x0F  # seal, shrink, grow, write
HELD_NAME = "pyker-created"  # what /proc/PID/exe and comm of a program that waits to be started say
PATIENCE = 30  # seconds a parked process goes on trying to execute what wakes it


class Stack(Value):
    """An argument that points *offset* bytes above the stack pointer the program starts with."""

    offset: int


class Hold(Value):
    """What a created program waits for before it is executed.

    A byte read from *start* lets it begin; *result*, close-on-exec, then ends without a byte, or carries the
    errno of execve. That the program waits is said by *word*, sent to the status descriptor.
    """

    start: int
    result: int
    word: bytes


class Call(Value):
    """One system call; bytes are pointers to constants, bytearrays to memory the kernel may write."""

    name: str
    arguments: "tuple[int | bytes | bytearray | Stack, ...]" = ()
    again: bool = False  # repeat while the answer is EINTR
    needed: bool = False  # when it fails, the program exits with 127


FAILURE = Stack(_SCRATCH)  # points to the previous call's errno, four bytes


def supported(machine: str = _MACHINE) -> bool:
    """Whether programs can be assembled for *machine*."""
    return machine in _MACHINES


def assemble(calls: "Sequence[Call]", machine: str = _MACHINE) -> bytes:
    """The ELF executable that does *calls* in order; the last must not return (exit_group)."""
    kind, numbers = _MACHINES[machine]
    encode = _encode_x86_64 if machine == "x86_64" else _encode_aarch64
    writable, constant, addresses = _lay_out(calls)
    code = bytearray()
    for call in calls:
        values = [_value(argument, addresses) for argument in call.arguments]
        code += encode(numbers[call.name], values, again=call.again)
        if call.needed:
            leave = encode(numbers["exit_group"], [127])
            code += _skip_when_good(kind, len(leave)) + leave
    return _elf(kind, writable, constant, bytes(code))


def _skip_when_good(machine: int, size: int) -> bytes:
    """Jump over *size* bytes when the call before did not fail."""
    if machine == _MACHINES["x86_64"][0]:  # test rax, rax; jns
        return b"\x48\x85\xc0\x79" + _struct.pack("b", size)
    return _struct.pack("<I", 0xB6000000 | 31 << 19 | (size // 4 + 1) << 5)  # tbz x0, #63


def _value(argument: object, addresses: "dict[int, int]") -> "int | Stack":
    if isinstance(argument, (int, Stack)):
        return argument
    return addresses[id(argument)]


def _lay_out(calls: "Sequence[Call]") -> "tuple[bytes, bytes, dict[int, int]]":
    """The writable and the constant bytes, and where each will lie."""
    addresses: "dict[int, int]" = {}
    writable, constant = bytearray(), bytearray()
    arguments = [argument for call in calls for argument in call.arguments]
    for argument in arguments:
        if isinstance(argument, bytearray) and id(argument) not in addresses:
            addresses[id(argument)] = _DATA + _HEADERS + len(writable)
            writable += argument + bytes(-len(argument) % 8)
    for argument in arguments:
        if isinstance(argument, bytes) and id(argument) not in addresses:
            addresses[id(argument)] = _TEXT + _HEADERS + len(writable) + len(constant)
            constant += argument + bytes(8 - len(argument) % 8)
    return bytes(writable), bytes(constant), addresses


def _elf(machine: int, writable: bytes, constant: bytes, code: bytes) -> bytes:
    body = _HEADERS + len(writable)
    entry = body + len(constant)
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += _struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, _TEXT + entry, 64, 0, 0, 64, 56, 3, 0, 0, 0)
    size = entry + len(code)
    segments = _segment(1, 5, 0, _TEXT, size)  # PT_LOAD r-x
    segments += _segment(1, 6, _HEADERS, _DATA + _HEADERS, len(writable)) if writable else bytes(56)
    segments += _segment(0x6474E551, 6, 0, 0, 0)  # PT_GNU_STACK rw-
    return header + segments + writable + constant + code


def _segment(kind: int, flags: int, offset: int, address: int, size: int) -> bytes:
    return _struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, size, size, _PAGE)


def _encode_x86_64(number: int, values: "list[int | Stack]", *, again: bool = False) -> bytes:
    code = b""
    if FAILURE in values:
        code += b"\xf7\xd8\x89\x44\x24" + _struct.pack("b", _SCRATCH)  # neg eax; mov [rsp-8], eax
    start = len(code)
    for value, register in zip(values, (7, 6, 2, 10, 8, 9), strict=False):
        high, low = register >> 3, register & 7
        if isinstance(value, Stack):  # lea register, [rsp + offset]
            code += bytes((0x48 | high << 2, 0x8D, 0x84 | low << 3, 0x24)) + _struct.pack("<i", value.offset)
        else:  # mov register, value
            code += bytes((0x48 | high, 0xB8 | low)) + _struct.pack("<Q", value & (1 << 64) - 1)
    code += b"\xb8" + _struct.pack("<I", number) + b"\x0f\x05"  # mov eax, number; syscall
    if again:  # cmp rax, -EINTR; je start
        code += b"\x48\x83\xf8" + _struct.pack("b", -errno.EINTR)
        code += b"\x0f\x84" + _struct.pack("<i", start - len(code) - 6)
    return code


def _encode_aarch64(number: int, values: "list[int | Stack]", *, again: bool = False) -> bytes:
    words: "list[int]" = []
    if FAILURE in values:  # neg w9, w0; stur w9, [sp, #-8]
        words += [0x4B0003E9, 0xB8000000 | (_SCRATCH & 0x1FF) << 12 | 31 << 5 | 9]
    start = len(words)
    for register, value in enumerate(values):
        if isinstance(value, Stack):  # add register, sp, register
            words += [*_move_aarch64(register, value.offset), 0x8B2063E0 | register << 16 | register]
        else:
            words += _move_aarch64(register, value)
    words += [*_move_aarch64(8, number), 0xD4000001]  # svc #0
    if again:  # cmn x0, #EINTR; b.eq start
        words += [0xB1000000 | errno.EINTR << 10 | 31]
        words += [0x54000000 | ((start - len(words)) & 0x7FFFF) << 5]
    return _struct.pack(f"<{len(words)}I", *words)


def _move_aarch64(register: int, value: int) -> "list[int]":
    """One movz, three movk."""
    parts = [value >> shift & 0xFFFF for shift in (0, 16, 32, 48)]
    first = 0xD2800000 | parts[0] << 5 | register
    return [first, *(0xF2800000 | half << 21 | parts[half] << 5 | register for half in (1, 2, 3))]


def sealed(data: bytes, name: str) -> int:
    """A descriptor (close-on-exec) of a file in memory that holds *data* and can never change.

    Raises OSError where the kernel forbids executable ones (vm.memfd_noexec=2).
    """
    flags = MFD_CLOEXEC | MFD_ALLOW_SEALING
    try:
        descriptor = os.memfd_create(name, flags | MFD_EXEC)
    except OSError as error:
        if error.errno != errno.EINVAL:  # before Linux 6.3 every one is executable
            raise
        descriptor = os.memfd_create(name, flags)
    write_all(descriptor, data)
    fcntl.fcntl(descriptor, F_ADD_SEALS, SEALS)
    return descriptor


def exec_program(
    path: bytes,
    argv: "list[str]",
    env: "Mapping[str, str] | Sequence[str]",
    status: int,
    *,
    keep: "tuple[int, ...]" = (),
    hold: "Hold | None" = None,
) -> "NoReturn":
    """Become the program at *path*, by way of a stub that is no file of the host.

    It starts with descriptors 0-2 (and *keep*) only, every signal at its default and none blocked.
    *status* closes without a byte when it runs; else it carries the errno of execve (an int in four
    bytes) and this process exits with 127. Where no stub can be had, execve is called from here.
    With *hold* the stub first waits as told there, in a few pages of memory.
    """
    environment = _mapping(env)
    reset_signals()
    held = (hold.start, hold.result) if hold else ()
    close_from(3, (*keep, *held, status))
    for descriptor in keep:
        os.set_inheritable(descriptor, True)
    _through_stub(path, argv, environment, status, hold)
    try:
        for descriptor in (*held, status):
            os.set_inheritable(descriptor, False)
        if hold:
            status = _wait_held(hold, status)
        os.execve(path, argv, environment)
    except OSError as error:
        os.write(status, _struct.pack("=i", error.errno or errno.EIO))
    finally:
        os._exit(127)


def _wait_held(hold: Hold, status: int) -> int:
    """Wait as the stub would; the descriptor that takes the errno from then on."""
    os.write(status, hold.word)
    os.close(status)
    os.read(hold.start, 1)
    return hold.result


def _through_stub(
    path: bytes, argv: "list[str]", environment: "Mapping[str, str]", status: int, hold: "Hold | None"
) -> None:
    """Come back only where the stub cannot be made or is refused."""
    if not supported():
        return
    try:
        calls = _waiting(path, len(argv), status, hold) if hold else _trampoline(path, len(argv), status)
        program = sealed(assemble(calls), HELD_NAME if hold else "pyker-exec")
        for descriptor in (status, hold.start, hold.result) if hold else (status,):
            os.set_inheritable(descriptor, True)
        os.execve(program, argv, environment)
    except OSError:  # memfd_noexec, a seccomp profile without execveat, arguments too long
        return


def _trampoline(path: bytes, count: int, status: int) -> "list[Call]":
    # A script that names /proc/self/exe as its interpreter begins this program anew: then *status* is closed.
    return [
        Call("fcntl", (status, F_SETFD, FD_CLOEXEC), needed=True),
        Call("execve", (fs_text(path), Stack(8), Stack(8 * (count + 2)))),
        Call("write", (status, FAILURE, 4)),
        Call("exit_group", (127,)),
    ]


def _waiting(path: bytes, count: int, status: int, hold: Hold) -> "list[Call]":
    """As _trampoline, with the wait before: only read(2) and write(2), which every seccomp filter allows."""
    begin = [Call("fcntl", (hold.start, F_SETFD, FD_CLOEXEC), needed=True)]
    begin.append(Call("fcntl", (hold.result, F_SETFD, FD_CLOEXEC), needed=True))
    return [
        *begin,
        Call("prctl", (PR_SET_NAME, fs_text(HELD_NAME), 0, 0, 0)),
        Call("write", (status, hold.word, len(hold.word)), needed=True),
        Call("close", (status,)),
        Call("read", (hold.start, bytearray(8), 1), again=True, needed=True),
        *_trampoline(path, count, hold.result)[1:],
    ]


def _mapping(env: "Mapping[str, str] | Sequence[str]") -> "Mapping[str, str]":
    """*env* by name; words that are not NAME=VALUE cannot be passed on and are left out."""
    if not isinstance(env, (list, tuple)):
        return env  # type: ignore[return-value]
    pairs = (entry.partition("=") for entry in env)
    return {name: value for name, sign, value in pairs if name and sign}


def reset_signals() -> None:
    """Every signal at its default and none blocked, whatever Python or a `nohup` ignored."""
    for number in _signal.valid_signals():
        if _signal.getsignal(number) not in (_signal.SIG_DFL, None):
            _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def block_signals() -> None:
    """Hold back every signal that can be held back."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())


def park(
    descriptors: "Sequence[int]",
    argv: "tuple[str, ...]",
    env: "Mapping[str, str]",
    *,
    keep: "Iterable[int]" = (),
    name: str = "pyker-parked",
    timeout: "float | None" = None,
) -> "NoReturn":
    """Wait in a few pages of memory until one of *descriptors* is readable or hung up, then execute *argv*.

    After *timeout* seconds it does so anyway. The process keeps its pid, children, namespaces, *descriptors*,
    *keep*, and the signals it holds back, also after waking. Raises OSError when it cannot park; it then
    goes on as it was.
    """
    if not supported():
        raise OSError(errno.ENOSYS, "no stub for this machine", _MACHINE)
    program = sealed(assemble(_parking(descriptors, argv, name, timeout)), "pyker-park")
    handed = [descriptor for descriptor in (*descriptors, *keep) if not os.get_inheritable(descriptor)]
    try:
        for descriptor in handed:
            os.set_inheritable(descriptor, True)
        os.execve(program, argv, env)
    finally:
        os.close(program)
        for descriptor in handed:
            os.set_inheritable(descriptor, False)


def _parking(
    descriptors: "Sequence[int]", argv: "Sequence[str]", name: str, timeout: "float | None"
) -> "list[Call]":
    entries = b"".join(_struct.pack("=ihh", descriptor, POLLIN, 0) for descriptor in descriptors)
    wake = Call("execve", (fs_text(argv[0]), Stack(8), Stack(8 * (len(argv) + 2))))
    # The kernel counts it down, so that an interrupted wait goes on with the rest.
    limit = 0 if timeout is None else bytearray(_struct.pack("=qq", *_seconds(timeout)))
    second = _struct.pack("=qq", 1, 0)  # constant, so that the kernel cannot count it down
    pause = Call("ppoll", (0, 0, second, 0, 8))
    return [
        Call("prctl", (PR_SET_NAME, fs_text(name)[:15], 0, 0, 0)),
        Call("ppoll", (bytearray(entries), len(descriptors), limit, 0, 8), again=True),
        wake,
        *[pause, wake] * PATIENCE,
        Call("exit_group", (127,)),
    ]


def _seconds(timeout: float) -> "tuple[int, int]":
    """A struct timespec."""
    whole = int(timeout)
    return whole, int((timeout - whole) * 10**9)
