"""Sizes, durations and moments, against Docker's and Go's own words."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyker.base import units

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512m", 512 << 20),
        ("1.5G", 3 << 29),
        ("10kb", 10240),
        ("3GiB", 3 << 30),
        ("12", 12),
        ("12b", 12),
        ("0", 0),
        (".5k", 512),
        ("1 m", 1 << 20),
    ],
)
def test_size_is_read_in_powers_of_1024(text: str, size: int) -> None:
    assert units.parse_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "invalid size: ''"),
        ("m", "invalid size: 'm'"),
        ("-1", "invalid size: '-1'"),
        ("12q", "invalid suffix: 'q'"),
        ("1e3", "invalid suffix: 'e3'"),
        ("9999999999g", "invalid size: '9999999999g'"),
        ("\uff11\uff12", "invalid size: '\uff11\uff12'"),
    ],
)
def test_bad_size_is_refused_in_docker_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("'", ".")):
        units.parse_bytes(text)


@pytest.mark.parametrize(
    ("size", "three", "four"),
    [
        (0, "0B", "0B"),
        (999, "999B", "999B"),
        (1000, "1kB", "1kB"),
        (1234, "1.23kB", "1.234kB"),
        (4750000, "4.75MB", "4.75MB"),
        (79900000, "79.9MB", "79.9MB"),
        (999999, "1MB", "1MB"),
        (1234567890, "1.23GB", "1.235GB"),
    ],
)
def test_size_is_shown_in_powers_of_1000(size: int, three: str, four: str) -> None:
    assert (units.human_size(size), units.human_size(size, 4)) == (three, four)


def test_memory_is_shown_in_powers_of_1024() -> None:
    assert units.binary_size(25276874752) == "23.54GiB"


@given(st.integers(0, 1 << 70))
def test_shown_size_holds_no_blank_and_no_exponent(size: int) -> None:
    for text in (units.human_size(size), units.human_size(size, 4), units.binary_size(size)):
        assert "e" not in text
        assert " " not in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (120, "2 minutes"),
        (3599, "59 minutes"),
        (HOUR, "About an hour"),
        (2 * HOUR, "2 hours"),
        (47 * HOUR, "47 hours"),
        (48 * HOUR, "2 days"),
        (13 * DAY, "13 days"),
        (14 * DAY, "2 weeks"),
        (59 * DAY, "8 weeks"),
        (60 * DAY, "2 months"),
        (731 * DAY, "2 years"),
    ],
)
def test_age_is_told_in_words(seconds: float, words: str) -> None:
    assert units.human_duration(seconds) == words


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h30m", 5400), ("1.5s", 1.5), ("300ms", 0.3), ("-2m", -120), ("0", 0)]
)
def test_duration_is_read(text: str, seconds: float) -> None:
    assert units.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5x", "1h5", "h", "."])
def test_bad_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        units.parse_duration(text)


@given(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2500, 1, 1)), st.integers(-14, 14))
def test_moment_agrees_with_datetime(moment: datetime.datetime, hours: int) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    aware = moment.replace(tzinfo=zone)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

    exact = (aware - epoch) // datetime.timedelta(microseconds=1) * 1000
    assert units.nanoseconds(aware.isoformat()) == exact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026",
        "2026-13-01",
        "2026-11-31x",
        "2026-11-21T25:00:00Z",
        "2026-11-21T01:02:03.xZ",
        "2026-1-1-1",
    ],
)
def test_bad_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        units.nanoseconds(text)


def test_since_takes_durations_dates_and_seconds() -> None:
    assert units.parse_moment("10m", 1000.0) == 400.0
    assert units.parse_moment("1700000000.5") == 1700000000.5
    assert units.parse_moment("2013-01-02T13:23:37Z") == 1357133017


@given(st.floats(0, 4e9))
def test_moment_comes_back_from_its_text(seconds: float) -> None:
    assert abs(units.parse_time(units.rfc3339(seconds)) - seconds) < 1e-6
