"""Help pages in Docker's layout."""

import shutil
import textwrap
from typing import TYPE_CHECKING, Any

from pyker.cli.tree.mistakes import usage_line

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMON = ("run", "exec", "ps", "pull", "images", "version", "info")  # what people start with


def command_help(path: str, command: Any) -> str:
    """The page of one command: usage, what it does, aliases, options, examples."""
    definition = command.definition
    parts = [usage_line(path, definition), definition.summary]
    if len(definition.paths) > 1:
        parts.append("Aliases:\n  " + ", ".join(f"pyker {one}" for one in definition.paths))
    if rows := [option_row(option) for option in options_of(command)]:
        parts.append("Options:\n" + columns(rows))
    parts.append("Examples:\n" + "\n".join(f"  {example}" for example in definition.examples))
    return "\n\n".join(parts) + "\n"


def group_help(ctx: Any, group: Any) -> str:
    """The page of `pyker` or of one of its groups: the commands, and the options before them."""
    path = ctx.command_path
    parts = [
        f"Usage:  {path} [OPTIONS] COMMAND" if path == "pyker" else f"Usage:  {path} COMMAND",
        group.help,
    ]
    if path == "pyker":
        parts += _root_parts(group)
    else:
        parts.append("Commands:\n" + columns(command_rows(group)))
    parts.append(f"Run '{path} COMMAND --help' for more information on a command.")
    return "\n\n".join(parts) + "\n"


def _root_parts(group: Any) -> list[str]:
    rows = command_rows(group)
    groups = {name for name, one in group.commands.items() if hasattr(one, "commands")}
    return [
        "Common Commands:\n"
        + columns(sorted((r for r in rows if r[0] in COMMON), key=lambda r: COMMON.index(r[0]))),
        "Management Commands:\n" + columns(row for row in rows if row[0] in groups),
        "Commands:\n" + columns(row for row in rows if row[0] not in groups and row[0] not in COMMON),
        "Global Options:\n" + columns(option_row(option) for option in options_of(group)),
    ]


def command_rows(group: Any) -> list[tuple[str, str]]:
    """(name, summary) of each command of *group* that is to be seen, by name."""
    shown = sorted((name, one) for name, one in group.commands.items() if not one.hidden)
    return [(name, (one.help or "").partition("\n")[0]) for name, one in shown]


def options_of(command: Any) -> list[Any]:
    """The options of *command* that are to be seen, ordered by their long spelling."""
    seen = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    return sorted(seen, key=lambda option: _long(option).lower())


def _long(option: Any) -> str:
    return next(str(word) for word in option.opts if word.startswith("--"))


def option_row(option: Any) -> tuple[str, str]:
    """How an option is spelled, and what it does."""
    shorts = [word for word in option.opts if not word.startswith("--")]
    longs = [word for word in option.opts if word.startswith("--")]
    head = ", ".join([*shorts, *longs])
    indent = "" if shorts else "    "
    metavar = "" if option.is_flag else f" {option.metavar}"
    return f"{indent}{head}{metavar}", option.help or ""


def columns(rows: "Iterable[tuple[str, str]]") -> str:
    """Two columns, the second wrapped to the terminal."""
    table = list(rows)
    left = max((len(head) for head, _ in table), default=0) + 3
    width = max(40, min(shutil.get_terminal_size((100, 24)).columns, 120) - left - 2)
    lines = []
    for head, body in table:
        first, *more = textwrap.wrap(body, width) or [""]
        lines.append(f"  {head:<{left}}{first}".rstrip())
        lines += [" " * (left + 2) + line for line in more]
    return "\n".join(lines)
