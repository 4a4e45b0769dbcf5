"""Wrong lines: Docker's words and codes, a way out, never a traceback."""

import os
import signal
import subprocess

import pytest

from tests.support.command import Pyker


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("ps --foo", 125, "unknown flag: --foo"),
        ("ps --al", 125, "did you mean --all?"),
        ("run --foo x", 125, "unknown flag: --foo"),
        ("run -Zd x", 125, "unknown shorthand flag: 'Z' in -Zd"),
        ("run -p", 125, "flag needs an argument: 'p' in -p"),
        ("run --name", 125, "flag needs an argument: --name"),
        ("run -d=maybe x", 125, 'invalid argument "maybe" for "-d, --detach" flag'),
        ("ps -n x", 125, 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt'),
        ("stop -t x a", 125, 'invalid argument "x" for "-t, --time, --timeout" flag'),
        ("run", 1, "'pyker run' requires at least 1 argument"),
        ("rm", 1, "'pyker rm' requires at least 1 argument"),
        ("container rm", 1, "'pyker container rm' requires at least 1 argument"),
        ("exec a", 1, "'pyker exec' requires at least 2 arguments"),
        ("tag a", 1, "'pyker tag' requires 2 arguments"),
        ("logs", 1, "'pyker logs' requires at least 1 argument"),
        ("ps x", 1, "'pyker ps' accepts no arguments"),
        ("images a b", 1, "'pyker images' requires at most 1 argument"),
        ("lgos", 1, "did you mean 'pyker logs'?"),
        ("execit", 1, "did you mean 'pyker exec -it'?"),
        ("container foo", 1, "unknown command: pyker container foo"),
        ("-H tcp://x ps", 1, "pyker has no daemon"),
        ("ps --filter foo=1", 1, "Invalid filter 'foo'"),
        ("ps --filter status=bogus", 1, "Invalid filter 'status=bogus'"),
        ("ps --format {{.Names", 1, "unclosed action"),
        ("images --filter foo=1", 1, "Invalid filter 'foo'"),
        ("inspect --type zz a", 1, 'unknown type: "zz"'),
        ("rm nope", 1, "No such container: nope"),
        ("rmi nope", 1, "No such image: nope"),
        ("stop nope", 1, "No such container: nope"),
        ("start nope", 1, "No such container: nope"),
        ("kill nope", 1, "No such container: nope"),
        ("wait nope", 1, "No such container: nope"),
        ("logs nope", 1, "No such container: nope"),
        ("exec nope x", 1, "No such container: nope"),
        ("inspect nope", 1, "No such object: nope"),
        ("tag nope a", 1, "No such image: nope:latest"),
        ("run --pull never nope", 125, "No such image: nope:latest"),
        ("create --pull never nope", 1, "No such image: nope:latest"),
        ("run A", 125, "repository name (A) must be lowercase"),
        ("load -i /nope", 1, "/nope: no such file or directory"),
        ("import \u2013", 1, "did you mean '-'?"),
    ],
)
def test_wrong_line(empty_pyker: Pyker, line: str, code: int, words: str) -> None:
    assert words in empty_pyker.fails(code, *line.split(" "))


def test_wrong_name_is_not_looked_for(empty_pyker: Pyker) -> None:
    assert "Unable to find image" not in empty_pyker.fails(125, "run", "Bad:name")


def test_usage_error_shows_the_usage_and_where_to_read_more(empty_pyker: Pyker) -> None:
    errors = empty_pyker.fails(1, "rm")

    assert errors.splitlines() == [
        "Error: 'pyker rm' requires at least 1 argument",
        "",
        "Usage:  pyker rm [OPTIONS] CONTAINER [CONTAINER...]",
        "",
        "See 'pyker rm --help' for more information",
    ]


def test_reader_that_goes_away_is_no_error(empty_pyker: Pyker) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = empty_pyker.popen("ps", streams=(subprocess.DEVNULL, writer, subprocess.PIPE))
    os.close(writer)

    assert process.communicate()[1] == b""


def test_full_disk_is_told_in_words(empty_pyker: Pyker) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = empty_pyker.popen("ps", streams=(subprocess.DEVNULL, full, subprocess.PIPE))
    os.close(full)

    errors = process.communicate()[1].decode()
    assert process.returncode == 1
    assert "no space left on device" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "argv", [[b"\xff\xfe"], [b"ps", b"--filter", b"name=\xff"], [b"run", b"\xff"], [b"logs", b"\xff"]]
)
def test_bytes_that_are_no_text_end_in_words(empty_pyker: Pyker, argv: list[bytes]) -> None:
    done = empty_pyker(*(os.fsdecode(word) for word in argv), check=False)

    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def test_closed_output_does_not_end_in_a_file(pyker: Pyker) -> None:
    line = f'exec "{pyker.program}" create --name c busybox true >&- 2>&-'
    subprocess.run(["/bin/sh", "-c", line], env=pyker.environment(), check=False, timeout=60)

    assert pyker.field("c", "{{.Name}}") == "/c"


def test_interrupt_ends_with_130_and_no_words(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "--network", "none", "busybox", "sh", "-c", "echo ready; sleep 100")
    process = pyker.popen("logs", "-f", "c")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    process.send_signal(signal.SIGINT)

    assert process.communicate()[1] == b""
    assert process.returncode == 130
