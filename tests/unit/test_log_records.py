"""The json-file format: what Docker writes for the same bytes (seen with 20.10), rotation, options."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyker.base.errors import InvalidError
from pyker.model.log_config import check_log, parse_size
from pyker.supervisor.logs import JsonFile, escape, open_log, records, timestamp

WHEN = "2026-11-30T22:57:05.80Z"


def logged(path: Path) -> "list[str]":
    return [json.loads(line)["log"] for line in path.read_text().splitlines()]


def test_line_is_one_record_as_docker_writes_it() -> None:
    assert records(b"a\nb\n", "stdout", WHEN) == (
        b'{"log":"a\\n","stream":"stdout","time":"2026-11-30T22:57:05.80Z"}\n'
        b'{"log":"b\\n","stream":"stdout","time":"2026-11-30T22:57:05.80Z"}\n'
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'<b>&"\\n\r', b'\\u003cb\\u003e\\u0026\\"\\\\n\\r'),
        (b"\t\b\f\x00\x1f\x7f", b"\\u0009\\u0008\\u000c\\u0000\\u001f\x7f"),
        ("\u00e9\u2028\u2029\ufffd".encode(), "\u00e9\\u2028\\u2029\ufffd".encode()),
        (b"\xe2\x82x" + b"." * 99, b"\\ufffd\\ufffdx" + b"." * 99),
        (b"\xed\xa0\x80", b"\\ufffd\\ufffd\\ufffd"),
    ],
)
def test_escapes_are_dockers(data: bytes, text: bytes) -> None:
    assert escape(data) == text


@given(st.binary())
def test_sparse_and_dense_escapes_agree(data: bytes) -> None:
    assert escape(data) == escape(data + b"." * 40 * len(data))[: -40 * len(data) or None]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_record_gives_the_text_back(text: str) -> None:
    lines = records(text.encode() + b"\n", "stdout", WHEN).decode().split("\n")

    assert "".join(json.loads(line)["log"] for line in lines if line) == text + "\n"


@given(st.binary(max_size=70_000), st.lists(st.integers(0, 70_000), max_size=4))
def test_cuts_between_reads_leave_no_trace(data: bytes, cuts: "list[int]") -> None:
    places = [0, *sorted(cuts), len(data)]
    path = Path("/dev/shm/pyker-test-log")
    path.unlink(missing_ok=True)
    log = JsonFile(str(path))
    try:
        for begin, end in pairwise(places):
            log.write("stdout", data[begin:end])
        log.close()
        whole = "".join(logged(path))
    finally:
        path.unlink()

    assert whole.count("\n") == data.count(b"\n")
    assert len(whole.split("\n")[-1]) <= len(data.split(b"\n")[-1])


def test_long_line_is_cut_every_16_kib_and_only_its_end_has_a_new_line(tmp_path: Path) -> None:
    log = JsonFile(str(tmp_path / "log"))

    log.write("stdout", b"short\n" + b"y" * 40_000 + b"\n" + b"x" * 16_384 + b"\nend")
    log.close()

    sizes = [len(text) for text in logged(tmp_path / "log")]
    assert sizes == [6, 16_384, 16_384, 7_233, 16_384, 1, 3]


def test_begun_line_waits_for_its_end_in_its_own_stream(tmp_path: Path) -> None:
    log = JsonFile(str(tmp_path / "log"))

    for stream, data in (("stdout", b"be"), ("stderr", b"other\n"), ("stdout", b"gun\n")):
        log.write(stream, data)

    assert logged(tmp_path / "log") == ["other\n", "begun\n"]
    log.close()


def test_begun_line_is_handed_on(tmp_path: Path) -> None:
    first = JsonFile(str(tmp_path / "log"))
    first.write("stdout", b"be\xffgun")

    second = JsonFile(str(tmp_path / "log"), held=first.held())
    second.write("stdout", b" done\n")

    assert logged(tmp_path / "log") == ["be\ufffdgun done\n"]
    second.close()


def test_rotation_keeps_so_many_files_of_about_the_size(tmp_path: Path) -> None:
    log = JsonFile(str(tmp_path / "log"), (("max-size", "1k"), ("max-file", "3")))

    log.write("stdout", b"".join(b"line %d\n" % number for number in range(100)))
    log.close()

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["log", "log.1", "log.2"]
    assert all(1000 <= (tmp_path / name).stat().st_size < 1100 for name in files[1:])
    assert logged(tmp_path / "log")[-1] == "line 99\n"


def test_single_file_is_emptied_when_full(tmp_path: Path) -> None:
    log = JsonFile(str(tmp_path / "log"), (("max-size", "1k"),))

    log.write("stdout", b"line\n" * 1000)
    log.close()

    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert (tmp_path / "log").stat().st_size < 1100


def test_log_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "victim")

    open_log("json-file", str(tmp_path / "log")).write("stdout", b"text\n")

    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_500_000_000, "1970-01-01T00:00:01.5Z"),
        (1_796_079_425_802_863_977, "2026-11-30T22:57:05.802863977Z"),
    ],
)
def test_time_is_written_as_go_writes_it(nanoseconds: int, text: str) -> None:
    assert timestamp(nanoseconds) == text


@pytest.mark.parametrize(
    ("text", "size"), [("10m", 10_000_000), ("1.5k", 1500), ("3GB", 3_000_000_000), ("7", 7), ("-1", -1)]
)
def test_sizes_are_read_as_docker_reads_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("json-file", (("max-size", "much"),)),
        ("json-file", (("max-size", "nan"),)),
        ("json-file", (("max-size", "0"),)),
        ("json-file", (("max-file", "0"),)),
        ("json-file", (("colour", "red"),)),
        ("none", (("max-size", "1m"),)),
        ("syslog", ()),
    ],
)
def test_wrong_driver_or_option_is_refused(driver: str, options: "tuple[tuple[str, str], ...]") -> None:
    with pytest.raises(InvalidError):
        check_log(driver, dict(options))
