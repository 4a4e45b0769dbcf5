"""Commands on several containers: each name is echoed, a failure does not stop the others."""

import pytest

from tests.support.command import Pyker


@pytest.fixture
def two(pyker: Pyker) -> Pyker:
    """Two running containers."""
    for name in ("a", "b"):
        pyker("run", "-d", "--name", name, "--network", "none", "busybox", "sleep", "1000")
    return pyker


@pytest.mark.parametrize("line", ["stop -t 0", "kill", "rm -f", "start", "wait"])
def test_failing_one_does_not_stop_the_others(two: Pyker, line: str) -> None:
    if line == "wait":
        two("kill", "a", "b")
    done = two(*line.split(), "a", "nope", "b", check=False)

    said = ["137", "137"] if line == "wait" else ["a", "b"]
    assert done.stdout.split() == said
    assert "Error: No such container: nope" in done.stderr
    assert done.returncode == (0 if line == "rm -f" else 1)


def test_name_is_echoed_as_it_was_given(two: Pyker) -> None:
    identity = two.lines("ps", "-q", "--filter", "name=a")[0]

    assert two.lines("stop", "-t", "0", identity[:5], "b") == [identity[:5], "b"]


def test_stop_of_a_stopped_one_is_no_failure(two: Pyker) -> None:
    two("kill", "a")

    assert two.lines("stop", "a") == ["a"]


def test_running_one_is_not_removed(two: Pyker) -> None:
    identity = two.field("a", "{{.Id}}")
    errors = two.fails(1, "rm", "a")

    assert f"You cannot remove a running container {identity}. Stop the container" in errors


def test_kill_of_a_stopped_one_is_a_failure(two: Pyker) -> None:
    two("kill", "a")

    assert "Cannot kill container: a: Container" in two.fails(1, "kill", "a")


def test_signal_may_be_named_or_numbered(two: Pyker) -> None:
    two("kill", "-s", "SIGKILL", "a")
    two("kill", "--signal=9", "b")

    assert two.lines("wait", "a", "b") == ["137", "137"]
    assert "Invalid signal: FOO" in two.fails(1, "kill", "-s", "FOO", "a")


def test_only_one_can_be_attached_to(two: Pyker) -> None:
    errors = two.fails(1, "start", "-a", "a", "b")

    assert "you cannot start and attach multiple containers at once" in errors
