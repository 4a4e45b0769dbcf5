"""`attach`: more clients for a container that runs."""

import signal
import subprocess

import pytest

from tests.support.command import Pyker
from tests.support.terminal import Terminal

ECHO = ("busybox", "sh", "-c", "while read line; do echo got $line; [ $line = end ] && exit 5; done")


def test_input_and_output_are_ours_until_the_end(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "-i", "--name", "c", *ECHO)

    done = any_pyker("attach", "c", check=False, stdin="one\nend\n")

    assert (done.stdout, done.returncode) == ("got one\ngot end\n", 5)


def test_every_client_sees_what_is_said(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "-i", "--name", "c", *ECHO)
    with any_pyker.popen("attach", "--no-stdin", "c") as one, any_pyker.popen("attach", "c") as two:
        assert one.stdout
        assert two.stdin
        assert two.stdout
        two.stdin.write(b"first\n")
        two.stdin.flush()
        assert two.stdout.readline() == b"got first\n"
        third = any_pyker("attach", "c", check=False, stdin="end\n")  # one may have come late for the first

        assert one.communicate()[0].endswith(b"got end\n")
        assert two.communicate()[0] == b"got end\n"
    assert third.stdout == "got end\n"
    assert [one.returncode, two.returncode, third.returncode] == [5, 5, 5]


def test_terminal_is_left_and_come_back_to(any_pyker: Pyker) -> None:
    any_pyker("run", "-dit", "--name", "c", "busybox", "sh")
    with Terminal(any_pyker, "attach", "c") as terminal:
        terminal.send("echo a''way; A=kept\r")
        terminal.expect("away")
        terminal.send("\x10\x11")
        assert terminal.end() == 0
    with Terminal(any_pyker, "attach", "--detach-keys", "ctrl-x", "c", rows=30, columns=90) as terminal:
        terminal.send("stty size; echo $A$A\r")
        terminal.expect("30 90")
        terminal.expect("keptkept")
        terminal.send("\x18")
        assert terminal.end() == 0
    assert any_pyker.out("inspect", "-f", "{{.State.Status}}", "c") == "running"


@pytest.mark.parametrize(("options", "status"), [((), "exited"), (("--sig-proxy=false",), "running")])
def test_signals_go_to_the_container_unless_told_otherwise(
    any_pyker: Pyker, options: "tuple[str, ...]", status: str
) -> None:
    script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; read -t 1 x; echo ready; done"
    any_pyker("run", "-d", "-i", "--name", "c", "busybox", "sh", "-c", script)
    with any_pyker.popen("attach", "--no-stdin", *options, "c") as client:
        assert client.stdout
        client.stdout.readline()
        client.send_signal(signal.SIGTERM)
        client.communicate()

    assert any_pyker.out("inspect", "-f", "{{.State.Status}}", "c") == status
    assert client.returncode == (9 if status == "exited" else -signal.SIGTERM)


def test_killed_client_changes_nothing(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "-i", "--name", "c", *ECHO)
    with any_pyker.popen("attach", "c") as client:
        client.kill()
    assert isinstance(client, subprocess.Popen)

    assert any_pyker("attach", "c", check=False, stdin="end\n").stdout == "got end\n"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("created", "You cannot attach to a stopped container, start it first"),
        ("paused", "You cannot attach to a paused container, unpause it first"),
        ("none", "No such container: c"),
    ],
)
def test_only_a_running_container_is_attached_to(pyker: Pyker, state: str, said: str) -> None:
    if state != "none":
        pyker("create", "--name", "c", "busybox", "sleep", "100")
    if state == "paused":
        pyker("start", "c")
        pyker("pause", "c")

    assert said in pyker.fails(1, "attach", "c")
