"""Logs read back: tails, times, rotation, following, damage."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyker.engine.logs import Wish, parse_json, parse_k8s, read_logs, sort_key
from pyker.supervisor import journald
from pyker.supervisor.logs import JsonFile, open_log


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "ctr.log")


def write(path: str, *lines: str, options: "tuple[tuple[str, str], ...]" = ()) -> None:
    log = JsonFile(path, options)
    for line in lines:
        log.write("stdout", line.encode() + b"\n")
    log.close()


def texts(path: str, *, alive: "Callable[[], bool]" = lambda: False, **wish: Any) -> "list[bytes]":
    return [text for _, text in read_logs(path, Wish(**wish), alive=alive)]


def test_text_comes_back_with_its_stream(path: str) -> None:
    log = JsonFile(path)
    log.write("stdout", "né <b>\n".encode())
    log.write("stderr", b"err")
    log.close()

    assert list(read_logs(path)) == [("stdout", "né <b>\n".encode()), ("stderr", b"err")]


def test_absent_log_is_empty(path: str) -> None:
    assert texts(path) == texts(path, follow=True) == []


@pytest.mark.parametrize(
    ("tail", "first"), [(0, 20_000), (1, 19_999), (12_345, 7_655), (20_000, 0), (99_999, 0)]
)
def test_tail_counts_records_from_the_end(path: str, tail: int, first: int) -> None:
    write(path, *map(str, range(20_000)))

    assert texts(path, tail=tail) == [b"%d\n" % number for number in range(first, 20_000)]


def test_rotated_files_are_read_oldest_first(path: str) -> None:
    write(path, *map(str, range(100)), options=(("max-size", "3k"), ("max-file", "9")))

    assert os.path.exists(f"{path}.1")
    assert texts(path) == [b"%d\n" % number for number in range(100)]
    assert texts(path, tail=60) == [b"%d\n" % number for number in range(40, 100)]


def test_times_bound_what_is_shown(path: str) -> None:
    moments = ("05", "05.1", "05.100000001", "05.2", "06")
    record = '{{"log":"{0}","stream":"stdout","time":"2026-11-30T22:57:{0}Z"}}\n'
    Path(path).write_text("".join(record.format(moment) for moment in moments))

    assert texts(path, since=1796079425.1) == [b"05.1", b"05.100000001", b"05.2", b"06"]
    assert texts(path, since=1796079425.15, until=1796079425.5) == [b"05.2"]
    assert [sort_key(f"2026-11-30T22:57:{moment}Z") for moment in moments] == sorted(map(sort_key, [
        f"2026-11-30T22:57:{moment}Z" for moment in moments
    ]))  # fmt: skip


def test_timestamps_stand_before_the_text(path: str) -> None:
    Path(path).write_text('{"log":"a\\n","stream":"stderr","time":"2026-11-30T22:57:05.5Z"}\n')

    assert texts(path, timestamps=True) == [b"2026-11-30T22:57:05.500000000Z a\n"]


def test_torn_zero_and_foreign_records_are_passed_over() -> None:
    good = b'{"log":"good","stream":"stdout","time":"2026-11-30T22:57:05Z"}'
    bad = [b'{"log":"torn', b"\0" * 99, b"[]", b"7", b'{"log":1,"stream":"stdout","time":""}', b"", b"\xff"]

    found = list(parse_json(b"\n".join([good, *bad, b"\0\0" + good, good.replace(b"stdout", b"else"), good])))

    assert found == [("2026-11-30T22:57:05Z", "stdout", b"good", {})] * 3


def test_record_without_an_end_is_not_shown(path: str) -> None:
    write(path, "whole")
    with open(path, "a") as file:
        file.write('{"log":"half","stream":"stdout","time":"2026-1')

    assert texts(path) == [b"whole\n"]


def test_following_shows_what_comes_and_ends_with_the_container(path: str) -> None:
    write(path, "first")
    alive = [True]
    seen: list[bytes] = []
    options = (("max-size", "1k"), ("max-file", "9"))

    def follow() -> None:
        seen.extend(texts(path, follow=True, alive=lambda: alive[0]))

    reader = threading.Thread(target=follow)
    reader.start()
    for number in range(100):
        write(path, str(number), options=options)
    alive[0] = False
    write(path, "last", options=options)
    reader.join(10)

    assert seen == [b"first\n", *(b"%d\n" % number for number in range(100)), b"last\n"]


def test_following_ends_at_until(path: str) -> None:
    write(path, "now")

    assert texts(path, follow=True, until=1.0, alive=lambda: True) == []


def test_compressed_files_are_read_like_others(path: str) -> None:
    options = (("max-size", "500"), ("max-file", "5"), ("compress", "true"))
    write(path, *(f"line {number}" for number in range(20)), options=options)

    names = sorted(name for name in os.listdir(os.path.dirname(path)) if "ctr.log" in name)
    assert names == ["ctr.log", "ctr.log.1.gz", "ctr.log.2.gz"]
    assert texts(path) == [b"line %d\n" % number for number in range(20)]
    assert texts(path, tail=8) == [b"line %d\n" % number for number in range(12, 20)]


def test_k8s_records_come_back(path: str) -> None:
    log = open_log("k8s-file", path)
    log.write("stdout", b"one\ntwo\npart")
    log.write("stderr", b"err\n")
    log.close()

    lines = [line.partition(" ")[2] for line in Path(path).read_text().splitlines()]
    assert lines == ["stdout F one", "stdout F two", "stderr F err", "stdout P part"]
    found = list(read_logs(path, parse=parse_k8s))
    assert found == [("stdout", b"one\n"), ("stdout", b"two\n"), ("stderr", b"err\n"), ("stdout", b"part")]
    assert list(parse_k8s(b"torn\n\0\0\nnow other F x")) == []


def test_journal_entries_carry_their_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journald, "SOCKET", str(tmp_path / "journal"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        log = open_log("journald", "none", (("attrs", '{"CONTAINER_NAME": "c\\nd"}'),))
        log.write("stderr", b"one\ntwo")
        log.close()

        lead = b"CONTAINER_NAME\n\3\0\0\0\0\0\0\0c\nd\nPRIORITY=3\n"
        assert journal.recv(999) == lead + b"MESSAGE=one\n"
        assert journal.recv(999) == lead + b"CONTAINER_PARTIAL_MESSAGE=true\nMESSAGE=two\n"
