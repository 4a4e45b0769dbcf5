"""The states of a container and the moves between them."""

import pytest

from pyker.engine.containers import describe
from pyker.model.container import (
    CREATED,
    DEAD,
    EXITED,
    INITIALIZED,
    MOVES,
    PAUSED,
    REMOVING,
    RESTARTING,
    RUNNING,
    STATES,
    Container,
)


def container(status: str) -> Container:
    return Container("id", "/path", {}, {"Status": status})


def test_every_state_is_in_the_table_and_can_be_left() -> None:
    assert set(MOVES) == set(STATES)
    assert all(MOVES[state] and MOVES[state] <= set(STATES) - {state} for state in STATES)


def test_only_the_first_state_cannot_be_entered() -> None:
    assert set().union(*MOVES.values()) == set(STATES) - {CREATED}


@pytest.mark.parametrize(("state", "may"), [(CREATED, True), (EXITED, True), (DEAD, True), (RUNNING, False)])
def test_only_what_does_not_run_is_removed(state: str, may: bool) -> None:
    assert container(state).may_move(REMOVING) is may


@pytest.mark.parametrize("state", STATES)
def test_only_what_runs_is_paused(state: str) -> None:
    assert container(state).may_move(PAUSED) is (state == RUNNING)


def test_what_docker_calls_running_has_or_awaits_a_process() -> None:
    assert [state for state in STATES if container(state).is_active] == [
        INITIALIZED,
        RUNNING,
        PAUSED,
        RESTARTING,
    ]
    assert [state for state in STATES if container(state).is_running] == [RUNNING, PAUSED]


def test_record_of_this_boot_whose_processes_are_gone_is_no_run() -> None:
    run = {"boot": "now", "pid": 1 << 30, "started": 1, "started_at": "then", "restarting": True}

    assert describe({"run": 1, "code": 3}, None, "now")["Status"] == EXITED
    assert describe({"run": 1, "code": 3}, run, "now")["ExitCode"] == 255
