"""`pyker pause` and `unpause`: containers held still."""

from collections.abc import Iterator

import pytest

from tests.support.command import Pyker
from tests.support.machine import cgroup_layout
from tests.support.waiting import eventually

COUNTING = "i=0; while :; do i=$((i+1)); echo $i > /count; done"


@pytest.fixture
def web(pyker: Pyker) -> Iterator[Pyker]:
    """A running container, `web`, that counts in a file; `idle` was only created."""
    pyker("run", "-d", "--name", "web", "--network", "none", "busybox", "sh", "-c", COUNTING)
    pyker("create", "--name", "idle", "--network", "none", "busybox", "true")
    yield pyker
    if "web" in pyker.out("ps", "--format", "{{.Names}}"):
        pyker("kill", "web")


def refusal(pyker: Pyker, *words: str) -> str:
    done = pyker(*words, check=False)
    assert done.returncode == 1
    return done.stderr


def test_paused_container_stands_still_and_goes_on(web: Pyker) -> None:
    assert web.out("pause", "web") == "web"

    assert web.field("web", "{{.State.Status}} {{.State.Paused}} {{.State.Running}}") == "paused true true"
    assert "(Paused)" in web.out("ps", "--format", "{{.Status}}")
    assert "is paused, unpause the container before exec" in refusal(web, "exec", "web", "true")
    assert web.out("unpause", "web") == "web"
    assert web.field("web", "{{.State.Status}}") == "running"
    web("exec", "web", "true")


def test_only_what_runs_is_paused_and_only_what_is_paused_goes_on(web: Pyker) -> None:
    web("pause", "web")

    assert "is already paused" in refusal(web, "pause", "web")
    assert "is not running" in refusal(web, "pause", "idle")
    assert "cannot start a paused container" in refusal(web, "start", "web")
    assert "is not paused" in refusal(web, "unpause", "idle")
    assert "No such container: nosuch" in refusal(web, "pause", "nosuch")


def test_all_means_those_that_can(web: Pyker) -> None:
    identity = web.field("web", "{{.Id}}")

    assert web.out("pause", "--all") == identity
    assert web.out("unpause", "-a") == identity
    assert web.out("pause", "--filter", "name=web") == identity
    assert web.out("unpause", "--latest", "--filter", "name=nosuch") == ""
    assert web.out("unpause", "--filter", "name=web") == identity
    assert "cannot be used together" in refusal(web, "pause", "-a", "web")


@pytest.mark.parametrize("words", [("kill", "web"), ("stop", "-t", "5", "web"), ("rm", "-f", "web")], ids=str)
def test_paused_container_can_be_ended(web: Pyker, words: tuple[str, ...]) -> None:
    web("pause", "web")
    assert "cannot remove a paused container" in refusal(web, "rm", "web")

    web(*words, timeout=15)

    eventually(lambda: not web.out("ps", "-q"))


def test_signal_that_does_not_end_it_sets_it_going(web: Pyker) -> None:
    web("pause", "web")

    web("kill", "-s", "CONT", "web")

    assert web.field("web", "{{.State.Status}}") == "running"


if cgroup_layout() != "v2":

    def test_user_without_control_groups_is_told_why(user_pyker: Pyker) -> None:
        user_pyker("run", "-d", "--name", "web", "busybox", "sleep", "60")

        assert "cannot pause container" in refusal(user_pyker, "pause", "web")
        assert user_pyker.field("web", "{{.State.Status}}") == "running"
        user_pyker("kill", "web")
