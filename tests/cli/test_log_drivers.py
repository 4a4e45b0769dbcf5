"""Log drivers and what `logs` shows of them."""

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.terminal import Terminal

NOISE = "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done"


def run(pyker: Pyker, script: str, *options: str, name: str = "c") -> Path:
    """Run *script* to its end; the path of its log."""
    pyker("run", "--name", name, "--network", "none", *options, "busybox", "sh", "-c", script)
    return Path(pyker.out("inspect", "-f", "{{.LogPath}}", name))


def test_k8s_file_has_kubernetes_format(any_pyker: Pyker) -> None:
    path = run(any_pyker, "echo out; echo err >&2; printf part", "--log-driver", "k8s-file")

    lines = path.read_text().splitlines()
    assert sorted(line.partition(" ")[2] for line in lines) == [
        "stderr F err",
        "stdout F out",
        "stdout P part",
    ]
    assert all(re.fullmatch(r"[-0-9]{10}T[:0-9]{8}\.\d+Z", line.split()[0]) for line in lines)
    done = any_pyker("logs", "c")
    assert (done.stdout, done.stderr) == ("out\npart", "err\n")


def test_rotated_files_are_compressed_and_read(pyker: Pyker) -> None:
    options = ("max-size=3k", "max-file=9", "compress=true")
    path = run(pyker, NOISE, *(word for one in options for word in ("--log-opt", one)))

    with gzip.open(f"{path}.1.gz", "rt") as file:
        assert json.loads(file.readline())["log"].startswith("line ")
    assert pyker.lines("logs", "c") == [f"line {number}" for number in range(200)]
    assert pyker.lines("logs", "-n", "150", "c")[0] == "line 50"


def test_attributes_are_kept_and_shown(any_pyker: Pyker) -> None:
    options = ("labels=a,none", "env=E", "tag={{.Name}}/{{.ImageName}}")
    words = (word for one in options for word in ("--log-opt", one))
    path = run(any_pyker, "echo hi", "-l", "a=b c", "-e", "E=f", *words)

    assert json.loads(path.read_text())["attrs"] == {"tag": "c/busybox", "a": "b c", "E": "f"}
    assert any_pyker.out("logs", "--details", "c") == "E=f,a=b%20c,tag=c/busybox hi"
    assert any_pyker.out("logs", "c") == "hi"


def test_log_goes_where_it_is_told(any_pyker: Pyker) -> None:
    wanted = any_pyker.world / "elsewhere.log"

    path = run(any_pyker, "echo hi", "--log-opt", f"path={wanted}")

    assert path == wanted
    assert json.loads(wanted.read_text())["log"] == "hi\n"
    assert any_pyker.out("logs", "c") == "hi"


def test_several_logs_are_told_apart(pyker: Pyker) -> None:
    run(pyker, "echo one", name="a")
    run(pyker, "echo two", name="bb")

    assert sorted(pyker.lines("logs", "--names", "a", "bb")) == ["a  one", "bb two"]
    assert pyker.out("logs", "--latest") == "two"
    assert pyker.out("logs", "--names", "--color", "a") == "\x1b[36ma \x1b[0mone"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--log-driver", "syslog"), 'plugin "syslog" not found'),
        (("--log-opt", "nope=1"), "unknown log opt 'nope' for json-file log driver"),
        (("--log-driver", "none", "--log-opt", "tag=x"), "unknown log opt 'tag' for none log driver"),
        (("--log-opt", "max-size=x"), "invalid value for log opt max-size: x"),
        (("--log-opt", "max-file=0"), "invalid value for log opt max-file: 0"),
        (("--log-opt", "tag={{.Nope}}"), "invalid value for log opt tag: {{.Nope}}"),
        (("--log-opt", "path=here"), "invalid value for log opt path: here"),
        (("--log-opt", "compress=true"), "compress cannot be true when max-file is less than 2"),
    ],
)
def test_wrong_words_make_no_container(pyker: Pyker, words: "tuple[str, ...]", said: str) -> None:
    assert said in pyker.fails(125, "run", *words, "busybox", "true")
    assert pyker.lines("ps", "-aq") == []


def test_nothing_and_too_much_to_log_of_is_told(pyker: Pyker) -> None:
    assert "requires at least 1 argument" in pyker.fails(1, "logs")
    pyker("create", "--name", "c", "busybox")
    assert "cannot be used together" in pyker.fails(1, "logs", "-l", "c")


@pytest.mark.parametrize("detach", [(), ("-d",)])
def test_passthrough_hands_on_the_very_streams(any_pyker: Pyker, detach: "tuple[str, ...]") -> None:
    reading, writing = os.pipe()
    words = ("run", *detach, "--name", "c", "--log-driver", "passthrough", "busybox")
    with any_pyker.popen(
        *words, "sh", "-c", "cat; echo err >&2; exit 3", streams=(subprocess.PIPE, writing, writing)
    ) as client:
        os.close(writing)
        assert client.stdin
        client.stdin.write(b"in\n")
        client.stdin.close()
        with open(reading, "rb") as file:
            said = file.read().decode()
        client.wait()

    assert client.returncode == (0 if detach else 3)
    identity = any_pyker.out("inspect", "-f", "{{.Id}}", "c")
    assert "in\nerr\n" in said.replace(f"{identity}\n", "")
    assert "does not support reading" in any_pyker.fails(1, "logs", "c")


def test_passthrough_keeps_terminals_out(pyker: Pyker) -> None:
    with Terminal(pyker, "run", "--log-driver", "passthrough", "busybox", "true") as terminal:
        terminal.expect("passthrough cannot be used on a TTY")
        assert terminal.end() == 125
