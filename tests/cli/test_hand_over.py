"""What a container and the program that starts it hand each other beside streams: a pid, descriptors."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker

SHELL = 'exec 3<"$1" 5<"$2"; shift 2; exec "$@"'


def with_descriptors(pyker: Pyker, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `pyker WORDS` from a shell that has files "three" and "five" open as descriptors 3 and 5."""
    files = []
    for name in ("three", "five"):
        files.append(str(pyker.world / name))
        Path(files[-1]).write_text(name)
        os.chmod(files[-1], 0o644)
    before = ("sh", "-c", SHELL, "sh", *files)
    with pyker.popen(*words, before=before) as process:
        output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(words, process.returncode, output, errors)


@pytest.mark.parametrize(
    ("option", "seen"), [("--preserve-fds=1", b"three"), ("--preserve-fd=5,3", b"threefive"), ("-q", b"")]
)
def test_program_gets_the_descriptors_asked_for(any_pyker: Pyker, option: str, seen: bytes) -> None:
    script = "for n in 3 5; do [ ! -e /proc/self/fd/$n ] || cat <&$n; done"

    done = with_descriptors(any_pyker, "run", "--rm", option, "busybox", "sh", "-c", script)

    assert (done.stdout, done.returncode) == (seen, 0)


def test_exec_passes_descriptors_too(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "busybox", "sleep", "100")

    done = with_descriptors(
        any_pyker, "exec", "--preserve-fd", "5", "c", "sh", "-c", "cat <&5; ls /proc/self/fd"
    )

    assert done.stdout.split() == [b"five0", b"1", b"2", b"3", b"5"]  # 3 is the directory that ls reads


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--preserve-fds", "2"), "file descriptor 4 is not available - the preserve-fds option requires"),
        (("--preserve-fd", "9"), "file descriptor 9 is not available - the preserve-fd option requires"),
        (("--preserve-fd", "2"), "must be numbers from 3 up"),
        (("--preserve-fds", "-1"), "must be a number from 0"),
        (("--preserve-fds", "1", "--preserve-fd", "3"), "cannot specify both"),
    ],
)
def test_descriptors_that_were_not_passed_are_refused(
    pyker: Pyker, options: "tuple[str, ...]", words: str
) -> None:
    done = with_descriptors(pyker, "run", *options, "busybox", "true")

    assert (words in done.stderr.decode(), done.returncode) == (True, 125)


def test_pidfile_has_the_first_process_of_every_run(any_pyker: Pyker) -> None:
    file = any_pyker.world / "pid"
    any_pyker("run", "-d", "--name", "c", "--pidfile", str(file), "busybox", "sleep", "100")
    first = file.read_text()

    any_pyker("restart", "-t", "0", "c")

    pid, path = any_pyker.out("inspect", "-f", "{{.State.Pid}} {{.PidFile}}", "c").split()
    assert (file.read_text(), path) == (pid, str(file))
    assert first != pid


def test_pidfile_that_cannot_be_written_keeps_the_container_from_starting(any_pyker: Pyker) -> None:
    errors = any_pyker.fails(
        125, "run", "--name", "c", "--pidfile", "/nope/pid", "busybox", "touch", "/began"
    )

    assert "No such file or directory: /nope/pid" in errors
    assert any_pyker.out("inspect", "-f", "{{.State.Pid}}", "c") == "0"
    assert "/began" not in any_pyker.out("diff", "c")
