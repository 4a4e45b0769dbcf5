"""`logs`: streams, times, tails."""

import pytest

from tests.support.command import Pyker

SCRIPT = "echo bad >&2; sleep 0.1; for i in 1 2 3; do echo line $i; done; printf tail"


@pytest.fixture
def ended(pyker: Pyker) -> Pyker:
    """A container, `c`, that printed five things and ended."""
    pyker("run", "--name", "c", "--network", "none", "busybox", "sh", "-c", SCRIPT)
    return pyker


def test_each_stream_comes_out_where_it_went_in(ended: Pyker) -> None:
    done = ended("logs", "c")

    assert done.stdout == "line 1\nline 2\nline 3\ntail"
    assert done.stderr == "bad\n"


@pytest.mark.parametrize(
    ("words", "printed"), [("-n 0", ""), ("--tail 1", "tail"), ("--tail=all", "line 1\nline 2\nline 3\ntail")]
)
def test_tail_is_counted_from_the_end(ended: Pyker, words: str, printed: str) -> None:
    assert ended("logs", *words.split(), "c").stdout == printed


def test_timestamps_are_rfc3339_with_nanoseconds(ended: Pyker) -> None:
    stamp, text = ended("logs", "-t", "c").stdout.splitlines()[0].split(" ", 1)

    assert text == "line 1"
    assert len(stamp) == len("2026-11-21T01:47:15.123456789Z")
    assert stamp.endswith("Z")


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("--since 1h", 4),
        ("--since 2100-01-01", 0),
        ("--until 1h", 0),
        ("--until 2100-01-01T00:00:00Z", 4),
        ("--since 1500000000", 4),
    ],
)
def test_times_choose_the_records(ended: Pyker, words: str, count: int) -> None:
    assert len(ended("logs", *words.split(), "c").stdout.splitlines()) == count


def test_bad_time_is_refused(ended: Pyker) -> None:
    errors = ended.fails(1, "logs", "--since", "zz", "c")

    assert 'invalid value for "since": failed to parse value as time or duration: "zz"' in errors


def test_container_without_a_log_says_so(pyker: Pyker) -> None:
    pyker("run", "--name", "c", "--log-driver", "none", "--network", "none", "busybox", "true")

    assert "configured logging driver does not support reading" in pyker.fails(1, "logs", "c")


def test_created_container_has_an_empty_log(pyker: Pyker) -> None:
    pyker("create", "--name", "c", "busybox", "true")

    assert pyker("logs", "c").stdout == ""


def test_follow_ends_with_the_container(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "--network", "none", "busybox", "sh", "-c", "echo 1; sleep 0.5; echo 2")

    assert pyker("logs", "-f", "c").stdout == "1\n2\n"
