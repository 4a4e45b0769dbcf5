"""`exec`: one more process in a running container."""

import pytest

from tests.support.command import Pyker


@pytest.fixture
def web(any_pyker: Pyker) -> Pyker:
    """A running container, as root and as a user."""
    any_pyker("run", "-d", "--name", "web", "--network", "none", "-e", "A=1", "busybox", "sleep", "1000")
    return any_pyker


def test_streams_and_code_are_the_command_s(web: Pyker) -> None:
    done = web("exec", "web", "sh", "-c", "echo out; echo err >&2; exit 4", check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 4)


def test_variables_and_directory_are_as_asked(web: Pyker) -> None:
    script = "echo $A $B; pwd"

    assert web.out("exec", "-e", "B=2", "-w", "/tmp", "web", "sh", "-c", script) == "1 2\n/tmp"


def test_variables_may_come_from_a_file(web: Pyker) -> None:
    file = web.world / "env"
    file.write_text('# note\nC="q"\n')

    assert web.out("exec", "--env-file", str(file), "web", "sh", "-c", "echo $C") == '"q"'


def test_stdin_is_passed_on_when_asked(web: Pyker) -> None:
    assert web("exec", "-i", "web", "cat", stdin="hello").stdout == "hello"


def test_terminal_needs_one_here(web: Pyker) -> None:
    assert "the input device is not a TTY" in web.fails(1, "exec", "-it", "web", "true")


@pytest.mark.parametrize(("program", "code"), [("nope", 127), ("/etc", 126)])
def test_command_that_cannot_run(web: Pyker, program: str, code: int) -> None:
    assert f'exec: "{program}"' in web.fails(code, "exec", "web", program)


def test_detached_command_runs_on(web: Pyker) -> None:
    assert web.out("exec", "-d", "web", "sh", "-c", "echo x > /done; sleep 100") == ""
    assert web.out("exec", "web", "sh", "-c", "until [ -s /done ]; do sleep 0.05; done; cat /done") == "x"


def test_stopped_container_takes_no_command(web: Pyker) -> None:
    web("kill", "web")

    assert "is not running" in web.fails(1, "exec", "web", "true")


def test_unknown_user_is_named(web: Pyker) -> None:
    errors = web.fails(1, "exec", "-u", "nobodyx", "web", "true")

    assert "unable to find user nobodyx: no matching entries in passwd file" in errors


def test_container_may_be_named_by_a_file_or_be_the_latest(web: Pyker) -> None:
    file = web.world / "cid"
    file.write_text(web.out("inspect", "-f", "{{.Id}}", "web") + "\n")

    assert web.out("exec", "--cidfile", str(file), "echo", "a") == "a"
    assert web.out("exec", "-l", "echo", "b") == "b"
    assert "requires at least 2 arguments" in web.fails(1, "exec", "web")
    assert "open /nope: no such file or directory" in web.fails(1, "exec", "--cidfile", "/nope", "true")
    assert "cannot be used together" in web.fails(1, "exec", "-l", "--cidfile", str(file), "true")
