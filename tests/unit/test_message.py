"""The talk of a start: what was said last is heard, also from who went with a word unread."""

import _socket
from collections.abc import Iterator

import pytest

from pyker.runtime.message import (
    CONSOLE,
    GO,
    LEFT,
    LaunchError,
    failure,
    hear,
    pair,
    raise_failure,
    receive_descriptor,
    say,
)

Ends = tuple[_socket.socket, _socket.socket]


@pytest.fixture
def ends() -> "Iterator[Ends]":
    mine, theirs = pair()
    yield mine, theirs
    mine.close()


def test_last_words_are_heard_from_who_left_a_word_unread(
    ends: "Ends",
) -> None:
    mine, theirs = ends
    say(theirs, failure("mount", OSError(2, "No such file or directory")))
    say(mine, GO)
    theirs.close()

    with pytest.raises(LaunchError, match="cannot mount"):
        raise_failure(hear(mine), "nothing was said")
    assert hear(mine) == b""


def test_peer_that_went_without_a_word_did_not_succeed(ends: "Ends") -> None:
    mine, theirs = ends
    say(mine, GO)
    theirs.close()

    assert hear(mine) == LEFT


def test_failure_in_place_of_a_terminal_is_raised(ends: "Ends") -> None:
    mine, theirs = ends
    say(theirs, failure("mount", OSError(2, "No such file or directory")))
    say(mine, GO)
    theirs.close()

    with pytest.raises(LaunchError, match="cannot mount"):
        receive_descriptor(mine, CONSOLE)


def test_quiet_end_is_the_program_s_beginning(ends: "Ends") -> None:
    mine, theirs = ends
    theirs.close()

    assert hear(mine) == b""
