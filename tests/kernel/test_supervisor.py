"""The supervisor with real processes: streams, clients, parking, the end."""

import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyker.engine.logs import Wish, read_logs
from pyker.supervisor import attach
from tests.support.supervised import Supervised, until

Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervised] = []

    def make(*argv: str, **spec: Any) -> Supervised:
        started.append(Supervised(tmp_path, *argv, **spec))
        return started[-1]

    yield make
    for each in started:
        each.end()


def test_output_reaches_client_and_log_with_streams_kept_apart(start: Start) -> None:
    run = start("sh", "-c", "echo out; echo err >&2; exit 3")
    client = run.first()

    assert client.hear() == b"out\n"
    assert client.text(attach.STDERR) == b"err\n"
    assert client.code() == run.wait() == 3
    assert {each["stream"]: each["log"] for each in run.log()} == {"stderr": "err\n", "stdout": "out\n"}


def test_log_is_closed_only_when_the_end_is_recorded(start: Start, tmp_path: Path) -> None:
    run = start("sh", "-c", "echo line; read a; printf unfinished", attached=False, once=False)
    until(run.logged)
    ended = tmp_path / "exit"
    follower = read_logs(str(tmp_path / "ctr.log"), Wish(follow=True), alive=lambda: not ended.exists())
    assert next(follower) == ("stdout", b"line\n")

    run.attach(stdin=True).say(attach.STDIN, b"\n")
    began = time.monotonic()

    assert list(follower) == [("stdout", b"unfinished")]
    assert time.monotonic() - began < 0.9


def test_death_by_a_signal_is_128_and_its_number(start: Start) -> None:
    run = start("sh", "-c", "kill -9 $$")
    client = run.first()

    client.hear()

    assert client.code() == run.wait() == 137


def test_input_reaches_the_container_and_its_end_too(start: Start) -> None:
    client = start("cat").first()
    text = b"x" * 1_000_000

    for begin in range(0, len(text), 50_000):
        client.say(attach.STDIN, text[begin : begin + 50_000])
    client.say(attach.STDIN_CLOSED)

    assert client.hear() == text


def test_no_output_is_read_before_the_first_client_has_said_hello(start: Start) -> None:
    run = start("echo", "early")
    time.sleep(0.3)

    assert run.first().hear() == b"early\n"


def test_container_without_clients_is_logged(start: Start) -> None:
    run = start("sh", "-c", "echo one; printf two", attached=False)

    assert run.wait() == 0
    assert [each["log"] for each in run.log()] == ["one\n", "two"]


def test_container_lives_on_when_its_first_client_vanishes(start: Start) -> None:
    run = start("sh", "-c", "read a; sleep 0.3; echo still here")
    client = run.first()
    client.socket.close()

    assert run.wait() == 0
    assert run.logged() == "still here\n"


def test_later_client_sees_what_comes_later_and_the_end(start: Start) -> None:
    run = start("sh", "-c", "echo before; read a; echo $a; exit 5", once=False, attached=False)
    until(run.logged)

    client = run.attach(stdin=True, stdout=True)
    client.say(attach.STDIN, b"after\n")

    assert client.hear() == b"after\n"
    assert client.code() == 5


def test_attach_socket_is_closed_to_others_and_removed_at_the_end(start: Start) -> None:
    run = start("cat")
    path = run.directory / "attach"
    until(path.exists)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run.first().socket.close()
    run.wait()
    assert not path.exists()


def test_stalled_client_loses_nothing(start: Start) -> None:
    run = start("sh", "-c", "head -c 8000000 /dev/zero | tr '\\0' x")
    client = run.first()
    client.hear(until_kind=attach.STDOUT)
    time.sleep(0.5)

    assert len(client.hear()) == 8_000_000
    assert run.wait() == 0
    assert len(run.logged()) == 8_000_000


def test_exit_is_recorded_while_the_first_client_stalls(start: Start) -> None:
    run = start("sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; exit 4")
    client = run.first()

    until((run.directory / "exit").exists)

    assert len(client.hear()) == 300_000
    assert client.code() == 4


def test_orphan_that_keeps_the_pipe_does_not_hold_up_the_end(start: Start) -> None:
    run = start("sh", "-c", "(trap '' HUP; exec sleep 5) & echo $!; exit 2")
    client = run.first()

    began = time.monotonic()
    orphan = int(client.hear())

    assert client.code() == run.wait() == 2
    assert time.monotonic() - began < 3
    os.kill(orphan, signal.SIGKILL)


def test_orphan_that_goes_on_writing_does_not_hold_up_the_end(start: Start) -> None:
    run = start("sh", "-c", "yes & exit 2")
    client = run.first()

    client.hear()

    assert client.code() == run.wait() == 2


@pytest.mark.parametrize("nonsense", [b"\x06\xff\xff\xff\xff", b"\x06\0\0\0\x02[]", b"\x03\0\0\0\x01x"])
def test_nonsense_ends_that_connection_only(start: Start, nonsense: bytes) -> None:
    run = start("cat")
    client, hostile = run.first(), run.attach()

    hostile.socket.sendall(nonsense)

    assert hostile.hear() == b""
    client.say(attach.STDIN, b"fine\n")
    client.say(attach.STDIN_CLOSED)
    assert client.hear() == b"fine\n"


def test_detached_client_leaves_the_input_open(start: Start) -> None:
    run = start("sh", "-c", "read a; echo $a")
    run.first().say(attach.DETACHED)

    client = run.attach(stdin=True, stdout=True)
    client.say(attach.STDIN, b"second\n")

    assert client.hear() == b"second\n"


def test_terminal_gets_size_and_input(start: Start) -> None:
    run = start("sh", "-c", "read a; stty size; read a", tty=True)
    client = run.first()
    client.say(attach.RESIZE, {"rows": 33, "cols": 99})
    client.say(attach.STDIN, b"\n")

    assert b"33 99" in client.hear(until_text=b"33 99")
    client.say(attach.STDIN, b"\n")
    client.hear()
    assert client.code() == 0


def test_quiet_supervisor_parks_in_a_few_pages(start: Start) -> None:
    run = start("cat", attached=False, quiet=0.1)
    until(run.is_parked)

    rollup = Path(f"/proc/{run.process.pid}/smaps_rollup").read_text()

    assert int(rollup.split("Pss:")[1].split()[0]) < 100
    os.kill(run.pid(), signal.SIGTERM)
    assert run.wait() == 143


def test_parked_supervisor_wakes_for_output_and_keeps_a_begun_line(start: Start) -> None:
    script = 'printf begun; read a; echo " $a"; exit 6'
    run = start("sh", "-c", script, attached=False, quiet=0.1, once=False)
    until(run.is_parked)

    client = run.attach(stdin=True, stdout=True)
    client.say(attach.STDIN, b"done\n")

    assert client.hear() == b" done\n"
    assert run.wait() == 6
    assert run.logged() == "begun done\n"


def test_parked_supervisor_shrugs_off_signals(start: Start) -> None:
    run = start("sh", "-c", "sleep 1.5; echo end", attached=False, quiet=0.1)
    until(run.is_parked)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSTOP, signal.SIGCONT):
        os.kill(run.process.pid, number)

    assert run.wait() == 0
    assert run.logged() == "end\n"


def test_terminal_survives_parking(start: Start) -> None:
    run = start("sh", "-c", "read a; echo got $a; read a", tty=True, attached=False, quiet=0.1)
    until(run.is_parked)

    client = run.attach(stdin=True, stdout=True)
    client.say(attach.STDIN, b"it\n")

    assert b"got it" in client.hear(until_text=b"got it")


@pytest.mark.root
def test_full_disk_stops_the_log_but_not_the_container(start: Start, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    os.system(f"mount -t tmpfs -o size=64k tmpfs {disk}")
    try:
        run = start("sh", "-c", "yes | head -n 100000; echo end", log=str(disk / "ctr.log"))
        client = run.first()

        assert len(client.hear()) == 200_004
        assert run.wait() == 0
        assert (disk / "ctr.log").read_bytes().endswith(b"}\n") or not (disk / "ctr.log").stat().st_size
    finally:
        os.system(f"umount {disk}")
