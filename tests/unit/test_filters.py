"""--filter words."""

import pytest

from pyker.base.errors import InvalidError
from pyker.cli.filters import has_labels, matches, ports_of, read_filters, truth


def test_same_key_collects_values() -> None:
    assert read_filters(("a=1", "b=x=y", "a=2"), ("a", "b")) == {"a": ["1", "2"], "b": ["x=y"]}


def test_unknown_key_is_refused_and_the_known_are_named() -> None:
    with pytest.raises(InvalidError) as caught:
        read_filters(("foo=1",), ("a", "b"))

    assert caught.value.message == "Invalid filter 'foo'"
    assert caught.value.hint == "the filters there are: a, b"
    assert caught.value.code == 1


def test_word_without_equals_is_a_usage_error() -> None:
    with pytest.raises(InvalidError, match="bad format of filter") as caught:
        read_filters(("foo",), ("foo",))

    assert caught.value.code == 125


def test_labels_all_have_to_be_there() -> None:
    labels = {"a": "1", "b": ""}

    assert has_labels(labels, ("a", "a=1", "b", "b="))
    assert not has_labels(labels, ("a", "a=2"))


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("web", True),
        ("we", True),
        ("^web", True),
        ("^eb", False),
        ("w.b-1$", True),
        ("(", False),
        ("/web-1", True),
    ],
)
def test_name_is_a_regular_expression(pattern: str, matched: bool) -> None:
    assert matches([pattern], ("web-1", "/web-1")) is matched


def test_yes_and_no_together_ask_for_nothing() -> None:
    assert truth({"d": ["true"]}, "d") is True
    assert truth({"d": ["true", "false"]}, "d") is None
    with pytest.raises(InvalidError, match=r"Invalid filter 'd=\[x\]'"):
        truth({"d": ["x"]}, "d")


def test_ports_may_be_ranges() -> None:
    assert ports_of(["80-81/udp", "90"], "publish") == {"80/udp", "81/udp", "90/tcp"}
    with pytest.raises(InvalidError, match="error while looking up for publish x"):
        ports_of(["x"], "publish")
