"""Assembled programs, executed."""

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pyker.kernel import stub
from pyker.kernel.stub import FAILURE, Call, Stack
from tests.support.supervised import until

TALK = (
    Call("write", (1, b"hello ", 6)),
    Call("write", (99, b"x", 1)),  # EBADF
    Call("write", (1, FAILURE, 4)),
    Call("execve", (b"/bin/echo", Stack(8), Stack(8 * 4))),
    Call("exit_group", (7,)),
)


def child(act: Callable[[], object]) -> "tuple[int, bytes]":
    """Wait status and standard output of *act* in a forked child."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(writer, 1)
        try:
            act()
        finally:
            os._exit(99)
    os.close(writer)
    with open(reader, "rb") as file:
        output = file.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output


def run_program(path: bytes, *argv: str, env: "list[str] | None" = None) -> "tuple[int, bytes, int]":
    """(exit code, output, errno or 0) of a program started by exec_program."""
    reader, writer = os.pipe()
    code, output = child(lambda: stub.exec_program(path, list(argv), env or [], writer))
    os.close(writer)
    with open(reader, "rb") as file:
        told = file.read()
    return code, output, struct.unpack("=i", told)[0] if told else 0


def test_calls_are_done_in_order_with_constants_errno_and_the_stack(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(stub.assemble(TALK))
    program.chmod(0o755)

    done = subprocess.run([program, "a", "b"], env={"X": "1"}, stdout=subprocess.PIPE, check=True)

    assert done.stdout == b"hello " + struct.pack("=i", 9) + b"a b\n"


def test_program_for_another_machine_is_what_its_disassembly_says() -> None:
    code = stub.assemble([Call("ppoll", (0, Stack(8)), again=True), Call("write", (FAILURE,))], "aarch64")

    words = struct.unpack("<28I", code[-28 * 4 :])

    assert code[18] == 183
    assert words[0:4] == (0xD2800000, 0xF2A00000, 0xF2C00000, 0xF2E00000)  # mov x0, #0
    assert words[4:9] == (0xD2800101, 0xF2A00001, 0xF2C00001, 0xF2E00001, 0x8B2163E1)  # add x1, sp, #8
    assert words[9:16:4] == (0xD2800928, 0xD4000001)  # mov x8, #73; svc #0
    assert words[14:16] == (0xB100101F, 0x54FFFE20)  # cmn x0, #4; b.eq to the first word
    assert words[16:18] == (0x4B0003E9, 0xB81F83E9)  # neg w9, w0; stur w9, [sp, #-8]


@pytest.mark.parametrize(("descriptor", "code", "output"), [(99, 127, b""), (1, 7, b"went on")])
def test_failed_call_that_is_needed_ends_the_program(
    tmp_path: Path, descriptor: int, code: int, output: bytes
) -> None:
    calls = [Call("fcntl", (descriptor, 2, 0), needed=True), Call("write", (1, b"went on", 7))]
    program = tmp_path / "program"
    program.write_bytes(stub.assemble([*calls, Call("exit_group", (7,))]))
    program.chmod(0o755)

    done = subprocess.run([program], stdout=subprocess.PIPE, check=False)

    assert (done.returncode, done.stdout) == (code, output)


def test_needed_call_for_another_machine_is_what_its_disassembly_says() -> None:
    code = stub.assemble([Call("ppoll", needed=True)], "aarch64")

    words = struct.unpack("<15I", code[-15 * 4 :])

    assert words[4:6] == (0xD4000001, 0xB6F80140)  # svc #0; tbz x0, #63, ten words on
    assert words[14] == 0xD4000001


def test_started_program_has_its_arguments_and_environment_only() -> None:
    code, output, failure = run_program(b"/bin/sh", "sh", "-c", "exec env", env=["A=1", "B=x=y", "no sign"])

    assert (code, failure) == (0, 0)
    assert {b"A=1", b"B=x=y"} <= set(output.split(b"\n"))
    assert b"PATH" not in output
    assert b"no sign" not in output


def test_started_program_holds_only_its_three_streams() -> None:
    _, output, _ = run_program(b"/bin/ls", "ls", "/proc/self/fd")

    assert output.split() == [b"0", b"1", b"2", b"3"]  # 3 is the directory that ls reads


def test_started_program_has_default_signals() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        _, output, _ = run_program(b"/bin/cat", "cat", "/proc/self/status")
    finally:
        signal.signal(signal.SIGHUP, former)

    masks = dict(line.split(b":\t", 1) for line in output.splitlines() if line.startswith(b"Sig"))
    # 32 and 33 are the C library's own, out of Python's reach; make(1) hands them on ignored.
    others = ~(0b11 << 31)
    assert {int(masks[name], 16) & others for name in (b"SigBlk", b"SigIgn", b"SigCgt")} == {0}


@pytest.mark.parametrize(("path", "failure"), [(b"/nowhere", 2), (b"/etc", 13), (b"/etc/passwd", 13)])
def test_failure_to_start_is_told_by_its_errno(path: bytes, failure: int) -> None:
    assert run_program(path, "x") == (127, b"", failure)


def test_arguments_that_are_too_long_are_told() -> None:
    assert run_program(b"/bin/true", "true", *["x" * 100_000] * 50) == (127, b"", 7)


def test_sealed_file_cannot_be_changed() -> None:
    descriptor = stub.sealed(b"text", "test")

    with pytest.raises(PermissionError):
        os.pwrite(descriptor, b"other", 0)
    os.close(descriptor)


def test_parked_process_waits_small_and_wakes_as_itself() -> None:
    reader, writer = os.pipe()
    script = "import os, sys; print(os.getpid(), sys.argv[1], os.environ['A'])"
    wake = (sys.executable, "-I", "-c", script, "x")
    out, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(end, 1)
        stub.block_signals()
        stub.park([reader], wake, {"A": "b"})
    os.close(end)
    until(lambda: os.readlink(f"/proc/{pid}/exe").startswith("/memfd:pyker-park"))
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSTOP, signal.SIGCONT):
        os.kill(pid, number)
    os.close(reader)
    os.write(writer, b"!")

    with open(out) as file:
        assert file.read() == f"{pid} x b\n"
    os.waitpid(pid, 0)
    os.close(writer)
    assert int(rollup.split("Pss:")[1].split()[0]) < 100


def test_process_that_cannot_park_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stub, "supported", lambda: False)

    with pytest.raises(OSError, match="no stub"):
        stub.park([0], ("/bin/true",), {})
