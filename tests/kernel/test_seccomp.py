"""The default seccomp filter in the kernel: every number, and what programs would notice."""

import errno
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from pyker.base import jsonfile
from pyker.kernel import libc, namespaces, seccomp
from pyker.security import bpf, capabilities, profile
from tests.support.answers import ALLOWED, answers
from tests.support.filter import KILL_PROCESS, oracle, run_filter
from tests.support.forked import in_child, signal_of_child

SECTION = profile.default(capabilities.DEFAULT, "x86_64")
PROGRAM = bpf.compile_section(SECTION, "x86_64")
NUMBERS = jsonfile.loads((Path(bpf.__file__).parent / "syscalls.json").read_bytes())
BIT = {"SCMP_ARCH_X32": bpf.X32_BIT}
ABIS = list(bpf.ARCHITECTURES)[:3]
# The kernel never asks a filter about these two (Linux 6.14), and kills a process that calls them by hand.
UNFILTERED = {"SCMP_ARCH_X86_64": {335, 336}}


def numbers_of(abi: str) -> list[int]:
    """All numbers a program could use, named or not, and some far away."""
    return [
        BIT.get(abi, 0) + number
        for number in (*range(600), 1000, 5000)
        if number not in UNFILTERED.get(abi, ())
    ]


def known(abi: str) -> list[int]:
    """The numbers that have a name."""
    column = list(bpf.ARCHITECTURES).index(abi)
    return sorted(
        {row[column] for row in NUMBERS.values() if row[column] is not None} - UNFILTERED.get(abi, set())
    )


def allowed(abi: str) -> int:
    found = answers(PROGRAM, known(abi), int_80=abi == "SCMP_ARCH_X86")
    return found.count(ALLOWED)


@pytest.mark.root
@pytest.mark.parametrize("abi", ABIS)
def test_kernel_answers_every_number_as_the_rules_say(abi: str) -> None:
    numbers = numbers_of(abi)

    found = answers(PROGRAM, numbers, int_80=abi == "SCMP_ARCH_X86")

    audit = bpf.ARCHITECTURES[abi].audit
    expected = [run_filter(PROGRAM, audit, number) for number in numbers]
    assert found == [ALLOWED if answer == 0x7FFF0000 else answer & 0xFFFF for answer in expected]


@pytest.mark.root
@pytest.mark.parametrize("abi", ABIS)
def test_kernel_allows_what_libseccomp_would(abi: str) -> None:
    numbers = known(abi)

    ours = answers(PROGRAM, numbers, int_80=abi == "SCMP_ARCH_X86")
    theirs = answers(oracle(SECTION), numbers, int_80=abi == "SCMP_ARCH_X86")

    assert [answer == ALLOWED for answer in ours] == [answer == ALLOWED for answer in theirs]


@pytest.mark.root
def test_as_few_numbers_are_allowed_as_in_docker() -> None:
    assert [allowed(abi) for abi in ABIS] == [291, 345, 289]


def test_another_architecture_is_killed() -> None:
    assert run_filter(PROGRAM, bpf.ARCHITECTURES["SCMP_ARCH_AARCH64"].audit, 0) == KILL_PROCESS


def errno_of(name: str, *arguments: int | bytes) -> int:
    """The errno of one system call made under the default filter; 0 when it succeeds."""

    def act() -> int:
        seccomp.load(PROGRAM)
        try:
            libc.syscall(name, *arguments)
        except OSError as error:
            return error.errno or -1
        return 0

    return int(in_child(act))


@pytest.mark.root
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        pytest.param("keyctl", (0, 0), errno.EPERM, id="keyctl"),
        pytest.param("clone3", (0, 0), errno.ENOSYS, id="clone3"),
        pytest.param("unshare", (namespaces.NEWUSER,), errno.EPERM, id="new user namespace"),
        pytest.param("mount", (b"", b"/", b"", 0, b""), errno.EPERM, id="mount"),
        pytest.param("bpf", (0, 0, 0), errno.EPERM, id="bpf"),
        pytest.param("setns", (0, 0), errno.EPERM, id="setns"),
        pytest.param("personality", (0x0040000,), errno.EPERM, id="no address randomization"),
        pytest.param("personality", (0xFFFFFFFF,), 0, id="asking for the personality"),
    ],
)
def test_default_filter_answers(name: str, arguments: tuple[int | bytes, ...], expected: int) -> None:
    assert errno_of(name, *arguments) == expected


@pytest.mark.root
@pytest.mark.parametrize(
    ("family", "expected"),
    [
        pytest.param(socket.AF_ALG, errno.EPERM, id="AF_ALG"),
        pytest.param(socket.AF_VSOCK, errno.EPERM, id="AF_VSOCK"),
        pytest.param(socket.AF_RDS, errno.EPERM, id="AF_RDS"),
        pytest.param(socket.AF_UNIX, 0, id="AF_UNIX"),
        pytest.param(socket.AF_INET, 0, id="AF_INET"),
        pytest.param(socket.AF_NETLINK, 0, id="AF_NETLINK"),
    ],
)
def test_socket_is_judged_by_its_family(family: int, expected: int) -> None:
    def act() -> int:
        seccomp.load(PROGRAM)
        try:
            socket.socket(family, socket.SOCK_RAW if family == socket.AF_NETLINK else socket.SOCK_DGRAM)
        except OSError as error:
            return error.errno or -1
        return 0

    assert in_child(act) == expected


@pytest.mark.root
def test_io_uring_is_denied() -> None:
    assert answers(PROGRAM, [425, 426, 427]) == [errno.EPERM] * 3


@pytest.mark.root
def test_mount_is_allowed_with_the_capability_for_it() -> None:
    section = profile.default((*capabilities.DEFAULT, "CAP_SYS_ADMIN"), "x86_64")
    program = bpf.compile_section(section, "x86_64")

    found = answers(program, [NUMBERS[name][0] for name in ("mount", "unshare", "clone3", "keyctl")])

    assert found == [ALLOWED, ALLOWED, ALLOWED, errno.EPERM]


@pytest.mark.root
def test_programs_run_under_the_filter() -> None:
    def act() -> int:
        seccomp.load(PROGRAM)
        return os.waitstatus_to_exitcode(os.system("ls / >/dev/null && sh -c 'sleep 0 & wait' && true"))

    assert in_child(act) == 0


def kill_on_getpid() -> Any:
    rule = {"names": ["getppid"], "action": "SCMP_ACT_KILL_PROCESS"}
    section = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}
    seccomp.load(bpf.compile_section(section, os.uname().machine))
    return os.getppid()


@pytest.mark.root
def test_kill_action_kills() -> None:
    assert signal_of_child(kill_on_getpid) == signal.SIGSYS


@pytest.mark.root
def test_user_may_load_a_filter_after_no_new_privileges() -> None:
    def act() -> str:
        os.setresuid(65534, 65534, 65534)
        libc.syscall("prctl", 38, 1, 0, 0, 0)
        seccomp.load(PROGRAM, bpf.flags({"flags": ["SECCOMP_FILTER_FLAG_LOG"]}))
        return Path("/proc/self/status").read_text()

    assert "\nSeccomp:\t2\n" in in_child(act)
