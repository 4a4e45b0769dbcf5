"""Tables as Go's tabwriter lays them out."""

import pytest

from pyker.cli.listing import align, shorten


def test_column_is_as_wide_as_its_widest_cell_and_three_blanks() -> None:
    assert align(["A\tB", "a longer cell\tx"]) == "A               B\na longer cell   x"


def test_column_is_at_least_ten_wide() -> None:
    assert align(["A\tB\tC", "1\t2\t3"]) == "A         B         C\n1         2         3"


def test_last_cell_is_not_padded() -> None:
    assert align(["A\tlast", "1\tx"]).splitlines()[1] == "1         x"


def test_line_without_a_column_parts_its_block() -> None:
    lines = ["a\tb", "alone", "a much longer cell\tb"]

    assert align(lines).splitlines() == ["a         b", "alone", "a much longer cell   b"]


def test_width_is_counted_in_characters() -> None:
    assert align(["…………………………\tx"]) == "…………………………   x"


@pytest.mark.parametrize(
    ("text", "cut"), [("short", "short"), ("12345678901", "123456789…"), ("1234567890", "1234567890")]
)
def test_long_text_ends_in_an_ellipsis(text: str, cut: str) -> None:
    assert shorten(text, 10) == cut
