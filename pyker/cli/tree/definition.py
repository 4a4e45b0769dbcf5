"""A command written down: its spellings, options and examples, and the function Typer reads from it."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from pyker.base.value import Value
from pyker.cli.parse import Arguments


class Definition(Value):
    """One command: everything there is to know about its line."""

    paths: tuple[str, ...]  # every spelling, the one to be shown first
    body: str  # the module of pyker.cli that does the work
    summary: str
    examples: tuple[str, ...]
    usage: str = ""  # the words after the options
    least: int = 0
    most: int = -1  # -1: any number
    options: tuple[inspect.Parameter, ...] = ()
    interspersed: bool = True  # False: what follows the first word belongs to the container's command
    hidden: bool = False
    text: str = ""  # what the manual page says beyond the summary


def flag(*spellings: str, help: str) -> inspect.Parameter:
    """An option without a value; --x=false is understood too."""
    return _option(spellings, bool, False, {"help": help})


def text(*spellings: str, help: str, metavar: str = "string") -> inspect.Parameter:
    """An option with a value; the last one given counts."""
    return _option(spellings, str, None, {"help": help, "metavar": metavar})


def many(*spellings: str, help: str, metavar: str = "list") -> inspect.Parameter:
    """An option that may be given again and again."""
    return _option(spellings, list[str], None, {"help": help, "metavar": metavar})


def _option(
    spellings: tuple[str, ...], kind: Any, default: Any, settings: dict[str, Any]
) -> inspect.Parameter:
    long = next(word for word in spellings if word.startswith("--"))
    return inspect.Parameter(
        long[2:].replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, typer.Option(*spellings, show_default=False, **settings)],
    )


def callback(definition: Definition) -> Callable[..., Arguments]:
    """The function Typer reads the options from; called, it gives back what was on the line."""
    from pyker.cli.tree.mistakes import check_count

    def collect(ctx: typer.Context, **_: Any) -> Arguments:
        words = tuple(ctx.params["words"] or ())
        check_count(ctx.command_path, definition, len(words))
        command = ctx.command_path.partition(" ")[2]
        return Arguments(command, definition.body, given(ctx), words, given(ctx.find_root()))

    return with_parameters(collect, (_words(definition), *definition.options))


def _words(definition: Definition) -> inspect.Parameter:
    argument = typer.Argument(metavar=definition.usage or "WORDS", show_default=False)
    return inspect.Parameter(
        "words", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str], argument]
    )


def with_parameters(
    function: Callable[..., Any], parameters: tuple[inspect.Parameter, ...]
) -> Callable[..., Any]:
    """*function*, shown to Typer as one that takes a context and *parameters*."""
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    shown = (context, *parameters)
    function.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    function.__annotations__ = {one.name: one.annotation for one in shown}
    return function


def given(ctx: Any) -> dict[str, Any]:
    """The options that were on the line, by name."""
    found = {}
    for name, value in ctx.params.items():
        source = ctx.get_parameter_source(name)
        if name != "words" and source is not None and source.name == "COMMANDLINE":
            found[name] = tuple(value) if isinstance(value, list) else value
    return found
