"""Listings: rows as a table with headings, by a Go template, or as JSON, one object a line."""

from pyker.base.value import Value
from pyker.cli.output import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

PADDING = 3
NARROWEST = 10  # Docker's tabwriter: no column is narrower, its padding included


class Row(Value):
    """What a listing knows of one thing: fields, fields too rare for JSON, methods that take a word."""

    fields: "Mapping[str, Callable[[], Any]]"
    extra: "Mapping[str, Callable[[], Any]]" = {}  # noqa: RUF012 - a Value is frozen
    methods: "Mapping[str, Callable[..., Any]]" = {}  # noqa: RUF012 - as above


class Columns(Value):
    """The default table, and the heading of every field that may appear in another."""

    shown: "tuple[str, ...]"
    headings: "Mapping[str, str]"
    raw: str = ""  # the template that `--format raw` stands for


def print_listing(rows: "Sequence[Row]", columns: Columns, format: str, *, heading: bool = True) -> None:
    """Print *rows*: the default table, or as *format* says; a table without its *heading* may be empty."""
    if format in ("", "table"):
        lines = ["\t".join(columns.headings[name] for name in columns.shown)] if heading else []
        lines += ["\t".join(str(row.fields[name]()) for name in columns.shown) for row in rows]
        _print_lines(lines)
    elif format == "json":
        _print_json(rows)
    else:
        _print_template(rows, columns, format, heading=heading)


def _print_lines(lines: "Sequence[str]") -> None:
    if lines:
        say(align(lines))


def _print_json(rows: "Sequence[Row]") -> None:
    from pyker.cli.jsontext import compact_sorted

    if rows:
        say("\n".join(compact_sorted({name: field() for name, field in row.fields.items()}) for row in rows))


def _print_template(rows: "Sequence[Row]", columns: Columns, format: str, *, heading: bool) -> None:
    from pyker.cli.template.nodes import Record
    from pyker.cli.template.parser import Template

    is_table = format.startswith("table")
    text = format.removeprefix("table").strip().replace("\\t", "\t").replace("\\n", "\n")
    template = Template(text if format != "raw" else columns.raw)
    lines = [template.render(Record(row.fields, row.methods, row.extra)) for row in rows]
    if is_table:
        if heading:
            lines.insert(0, template.headings(columns.headings))
        _print_lines(lines)
    elif lines:
        say("\n".join(lines))


def align(lines: "Sequence[str]") -> str:
    """*lines* of cells parted by tabs, as Go's tabwriter lays them out.

    A column is as wide as its widest cell and three blanks, over the lines that have it without a gap.
    """
    rows = [line.split("\t") for line in "\n".join(lines).split("\n")]
    widths: "list[list[int]]" = [[] for _ in rows]
    _measure(rows, widths, 0, len(rows), 0)
    return "\n".join(
        "".join(cell + " " * (width - len(cell)) for cell, width in zip(row, wide)) + row[-1]
        for row, wide in zip(rows, widths)
    )


def _measure(rows: "list[list[str]]", widths: "list[list[int]]", start: int, end: int, column: int) -> None:
    """Find the width of *column* in each run of lines between *start* and *end* that have one."""
    at = start
    while at < end:
        if len(rows[at]) <= column + 1:
            at += 1
            continue
        last = at
        widest = 0
        while last < end and len(rows[last]) > column + 1:
            widest = max(widest, len(rows[last][column]))
            last += 1
        for place in range(at, last):
            widths[place].append(max(NARROWEST, widest + PADDING))
        _measure(rows, widths, at, last, column + 1)
        at = last


def shorten(text: str, width: int) -> str:
    """*text* cut to *width* characters, the last one then "…"."""
    return text if len(text) <= width else text[: width - 1] + "…"
