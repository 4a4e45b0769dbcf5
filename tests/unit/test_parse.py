"""The quick reader of command lines understands what the Typer tree understands, or says nothing."""

from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyker.cli.parse import FLAG, Arguments, quick
from pyker.cli.table import COMMANDS, GROUPS, SETTINGS
from pyker.cli.tree.app import build
from pyker.cli.usage import UsageError

TREE = build()
WORDS = ["a", "box:latest", "-", "", "--", "sh", "-x", "--nope", "=", "K=V", "é", "a b", "\udcff", "-5"]
VALUES = ["v", "", "a=b", "-d", "--rm", "80:80", "true", "0", "maybe", "1.5", "--"]


def fully(argv: list[str]) -> "Arguments | None":
    """What Typer makes of *argv*; None for help and for mistakes."""
    try:
        result = TREE.main(args=argv, prog_name="pyker", standalone_mode=False)
    except UsageError:
        return None
    return result if isinstance(result, Arguments) else None


def quickly(argv: list[str]) -> "Arguments | None":
    return quick(list(argv), COMMANDS, GROUPS, SETTINGS)


def ways(word: str, kind: str, value: str, more: str) -> list[list[str]]:
    """How people write an option: -d, -it, -p80, -p=80, --name x, --name=x, --rm=false; and how they err."""
    if kind == FLAG:
        return [[word], [f"{word}={value}"], [word + more]]
    return [[word, value], [f"{word}={value}"], [word + value], [word]]


@st.composite
def option(draw: st.DrawFn, spellings: dict[str, tuple[str, str]]) -> list[str]:
    """One option of a command, or a stray word."""
    word = draw(st.sampled_from([*spellings, "--no-such", "-Z"]))
    value, more = draw(st.sampled_from(VALUES)), draw(st.sampled_from("itdqaf"))
    return draw(st.sampled_from(ways(word, spellings.get(word, ("", FLAG))[1], value, more)))


@st.composite
def line(draw: st.DrawFn) -> list[str]:
    """A command line, most often a sensible one."""
    command = draw(st.sampled_from([*COMMANDS, "nope", "container", "image nope"]))
    spellings = COMMANDS[command][4] if command in COMMANDS else {}
    ahead = draw(st.lists(option(SETTINGS), max_size=1)) if draw(st.booleans()) else []
    pieces = st.one_of(option(spellings), st.sampled_from(WORDS).map(lambda word: [word]))
    rest = draw(st.lists(pieces, max_size=6))
    return list(chain(*ahead, command.split(" "), *rest))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(line())
def test_quick_reader_agrees_with_typer(argv: list[str]) -> None:
    found = quickly(argv)

    if found is not None:
        assert found == fully(argv)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(line())
def test_what_typer_understands_is_read_quickly(argv: list[str]) -> None:
    found = fully(argv)

    if found is not None and not found.settings.get("version"):
        assert quickly(argv) == found


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("run -it --rm box sh", {"interactive": True, "tty": True, "rm": True}, ("box", "sh")),
        ("run -dp80:80 box", {"detach": True, "publish": ("80:80",)}, ("box",)),
        ("run -p=80:80 -p 81:81 box", {"publish": ("80:80", "81:81")}, ("box",)),
        ("run --name=a --name b box", {"name": "b"}, ("box",)),
        ("run -d=false --init=1 box", {"detach": False, "init": True}, ("box",)),
        ("run box -d --rm", {}, ("box", "-d", "--rm")),
        ("run -- -box", {}, ("-box",)),
        ("rm a -f b", {"force": True}, ("a", "b")),
        ("rm a -- -f", {}, ("a", "-f")),
        ("exec -e A=1 web env -i", {"env": ("A=1",)}, ("web", "env", "-i")),
        ("run -e -x box", {"env": ("-x",)}, ("box",)),
        ("run --net host box", {"network": "host"}, ("box",)),
    ],
)
def test_line_is_read(text: str, options: dict[str, Any], words: tuple[str, ...]) -> None:
    found = quickly(text.split(" "))

    assert found is not None
    assert (found.options, found.words) == (options, words)


@pytest.mark.parametrize(
    "text",
    [
        "run",
        "rename a",
        "ps x",
        "ps --help",
        "ps -h",
        "ps --al",
        "run -p",
        "run --rm=maybe box",
        "lgos",
        "container",
        "",
    ],
)
def test_unusual_line_is_left_to_typer(text: str) -> None:
    assert quickly(text.split()) is None


@pytest.mark.parametrize("alias", ["container ls", "container list", "container ps"])
def test_alias_is_the_same_command(alias: str) -> None:
    found = quickly([*alias.split(), "-a"])

    assert found is not None
    assert (found.body, found.options) == ("ps", {"all": True})


def test_settings_stand_before_the_command() -> None:
    found = quickly(["--root", "/x", "--runroot=/y", "ps"])

    assert found is not None
    assert found.settings == {"root": "/x", "runroot": "/y"}
