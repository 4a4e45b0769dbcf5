"""What is printed, byte for byte."""

import os

import pytest

from pyker.cli.output import OutputClosed, complain, put, say


def test_bytes_that_were_no_text_come_out_as_they_came_in(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    say(os.fsdecode(b"a\xff\xc3\xa9"))

    assert capfdbinary.readouterr().out == b"a\xff\xc3\xa9\n"


def test_half_a_character_is_escaped(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    say("\ud800")

    assert capfdbinary.readouterr().out == b"\\ud800\n"


def test_message_does_not_steer_the_terminal(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    complain("a\x1b]0;title\x07\tb\n\x7f")

    assert capfdbinary.readouterr().err == b"a\\x1b]0;title\\x07\tb\n\\x7f\n"


def test_closed_pipe_is_told_from_other_errors() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with pytest.raises(OutputClosed):
        put(writer, b"x")
    os.close(writer)


def test_slow_reader_gets_everything() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    child = os.fork()
    if not child:
        os.close(writer)
        total = 0
        while data := os.read(reader, 1 << 16):
            total += len(data)
        os._exit(total != 1 << 20)
    os.close(reader)

    put(writer, bytes(1 << 20))

    os.close(writer)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
