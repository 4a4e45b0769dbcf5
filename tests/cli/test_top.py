"""`pyker top`: the processes of a container."""

from collections.abc import Iterator

import pytest

from tests.support.command import Pyker


@pytest.fixture(params=["root", "user"])
def web(request: pytest.FixtureRequest) -> Iterator[Pyker]:
    """A container with a shell and two sleepers, `web`; `idle` was only created."""
    pyker: Pyker = request.getfixturevalue("pyker" if request.param == "root" else "user_pyker")
    script = "sleep 1001 & sleep 1002 & wait"
    pyker("run", "-d", "--name", "web", "--network", "none", "busybox", "sh", "-c", script)
    pyker("create", "--name", "idle", "--network", "none", "busybox", "true")
    yield pyker
    pyker("kill", "web")


def table(pyker: Pyker, *words: str) -> list[list[str]]:
    return [line.split() for line in pyker.out("top", "web", *words).splitlines()]


def test_processes_are_those_of_ps_on_the_host(web: Pyker) -> None:
    headings, *rows = table(web)

    assert headings == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    assert [" ".join(row[7:]) for row in rows][1:] == ["sleep 1001", "sleep 1002"]
    assert rows[0][1] == web.field("web", "{{.State.Pid}}")


def test_columns_are_wide_as_dockers(web: Pyker) -> None:
    first = web.out("top", "web", "-o", "pid,comm").splitlines()[0]

    assert first == "PID" + " " * 17 + "COMMAND"


def test_descriptors_show_it_from_inside(web: Pyker) -> None:
    rows = table(web, "pid", "ppid", "user", "comm", "seccomp", "state")

    assert rows[0] == ["PID", "PPID", "USER", "COMMAND", "SECCOMP", "STATE"]
    assert rows[1] == ["1", "0", "root", "sh", "filter", "S"]
    assert [row[1:4] for row in rows[2:]] == [["1", "root", "sleep"]] * 2


def test_every_descriptor_has_something_to_say(web: Pyker) -> None:
    from pyker.engine.descriptors import HEADINGS

    lines = web.out("top", "web", ",".join(HEADINGS)).splitlines()

    assert len(lines) == 4
    assert "sleep 1002" in lines[-1]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("web", "-o", "comm"), "Couldn't find PID field in ps output"),
        (("web", "-x", "foo"), "ps: error: "),
        (("idle",), "is not running"),
        (("nosuch",), "No such container: nosuch"),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_told(web: Pyker, words: tuple[str, ...], answer: str) -> None:
    done = web("top", *words, check=False)

    assert (done.returncode, answer in done.stderr) == (1, True)
