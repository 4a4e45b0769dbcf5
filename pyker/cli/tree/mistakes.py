"""What to say about a line that is wrong: Docker's words, the usage, the nearest right word."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pyker.cli.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.cli.tree.definition import Definition


def usage_line(path: str, definition: "Definition") -> str:
    """`Usage:  pyker rm [OPTIONS] CONTAINER [CONTAINER...]`."""
    options = "[OPTIONS]" if definition.options else ""
    return " ".join(part for part in (f"Usage:  {path}", options, definition.usage) if part)


def _usage_of(ctx: Any) -> str:
    definition = getattr(ctx.command, "definition", None)
    if definition is None:
        return f"Usage:  {ctx.command_path} [OPTIONS] COMMAND [ARG...]"
    return usage_line(ctx.command_path, definition)


def wrong_option(message: str, ctx: Any, hint: str = "") -> UsageError:
    """The error for an option that is unknown, lacks its value or has a bad one."""
    more = f"Run '{ctx.command_path} --help' for more information"
    return UsageError(message, usage=_usage_of(ctx), hint=hint or more)


def unknown_option(option: str, ctx: Any, known: "Iterable[str]") -> UsageError:
    """The error for a long option nobody defined, naming the one that looks like it."""
    close = get_close_matches(option, list(known), 1, 0.7)
    return wrong_option(f"unknown flag: {option}", ctx, f"did you mean {close[0]}?" if close else "")


def unknown_command(ctx: Any, word: str, known: "Iterable[str]") -> UsageError:
    """The error for a command nobody defined, naming the one that looks like it."""
    path = ctx.command_path
    guess = nearest_command(word, list(known))
    hint = f"did you mean '{path} {guess}'?" if guess else f"Run '{path} --help' for the list of commands"
    return UsageError(f"unknown command: {path} {word}", hint=hint, code=1)


def nearest_command(word: str, known: "list[str]") -> str:
    """The known command that *word* was meant to be, "" when none is near; `execit` is `exec -it`."""
    for name in known:
        flags = word.removeprefix(name)
        if flags != word and flags and set(flags) <= set("itd"):
            return f"{name} -{flags}"
    close = get_close_matches(word, known, 1, 0.6)
    return close[0] if close else ""


def check_count(path: str, definition: "Definition", count: int) -> None:
    """UsageError in Docker's words when *count* words are too few or too many."""
    least, most = definition.least, definition.most
    if least <= count and (most < 0 or count <= most):
        return
    wanted = f"requires at least {_arguments(least)}"
    if most == 0:
        wanted = "accepts no arguments"
    elif least == most:
        wanted = f"requires {_arguments(most)}"
    elif count > least:
        wanted = f"requires at most {_arguments(most)}"
    hint = f"See '{path} --help' for more information"
    raise UsageError(f"'{path}' {wanted}", usage=usage_line(path, definition), hint=hint, code=1)


def _arguments(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"
