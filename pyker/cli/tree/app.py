"""The Typer application: every definition under every one of its spellings."""

from collections.abc import Callable
from typing import Any

import typer
from typer.main import get_command

from pyker.cli.parse import Arguments
from pyker.cli.tree.command import PykerGroup, class_for
from pyker.cli.tree.container import CONTAINER_COMMANDS
from pyker.cli.tree.definition import Definition, callback, given, with_parameters
from pyker.cli.tree.files import FILE_COMMANDS
from pyker.cli.tree.image import IMAGE_COMMANDS
from pyker.cli.tree.limits_commands import LIMITS_COMMANDS
from pyker.cli.tree.secret import SECRET_COMMANDS
from pyker.cli.tree.system import SETTINGS, SYSTEM_COMMANDS

DEFINITIONS: tuple[Definition, ...] = (
    *CONTAINER_COMMANDS,
    *LIMITS_COMMANDS,
    *FILE_COMMANDS,
    *IMAGE_COMMANDS,
    *SECRET_COMMANDS,
    *SYSTEM_COMMANDS,
)
GROUPS = {
    "container": "Manage containers",
    "image": "Manage images",
    "healthcheck": "Manage health checks",
    "secret": "Manage secrets",
    "system": "Manage pyker",
}


def build() -> Any:
    """The whole tree as one Typer command."""
    app = _typer("A container engine without a daemon")
    app.callback(invoke_without_command=True)(with_parameters(_ahead(), SETTINGS))
    groups = {name: _typer(help) for name, help in GROUPS.items()}
    for definition in DEFINITIONS:
        for path in definition.paths:
            group, _, name = path.rpartition(" ")
            _add(groups[group] if group else app, name, definition, is_alias=path in _aliases(definition))
    for name, group_app in groups.items():
        group_app.callback(invoke_without_command=True)(with_parameters(_ahead(), ()))
        app.add_typer(group_app, name=name)
    return get_command(app)


def _typer(help: str) -> typer.Typer:
    names = {"help_option_names": ["--help", "-h"]}
    return typer.Typer(
        cls=PykerGroup, help=help, context_settings=names, add_completion=False, rich_markup_mode=None
    )


def _ahead() -> Callable[..., "Arguments | None"]:
    """What runs ahead of a command: alone, a group shows its help, or `pyker -v` its version."""

    def ahead(ctx: typer.Context, **_: Any) -> "Arguments | None":
        if ctx.invoked_subcommand is not None:
            return None
        if ctx.params.get("version"):
            return Arguments("version", "version", settings=given(ctx))
        typer.echo(ctx.get_help())
        raise typer.Exit

    return ahead


def _aliases(definition: Definition) -> set[str]:
    """The spellings that help pages leave out: all but the first of each group."""
    seen: set[str] = set()
    hidden = set()
    for path in definition.paths:
        group = path.rpartition(" ")[0]
        if group in seen:
            hidden.add(path)
        seen.add(group)
    return hidden


def _add(app: typer.Typer, name: str, definition: Definition, *, is_alias: bool) -> None:
    shorts = {word for one in definition.options for word in one.annotation.__metadata__[0].param_decls or ()}
    names = ["--help"] if "-h" in shorts else ["--help", "-h"]
    app.command(
        name,
        cls=class_for(definition),
        help=definition.summary,
        hidden=definition.hidden or is_alias,
        context_settings={
            "help_option_names": names,
            "allow_interspersed_args": definition.interspersed,
        },
        rich_help_panel=None,
    )(callback(definition))


def understand(argv: list[str]) -> "Arguments | None":
    """What *argv* asks for; None when it asked for help, which has then been printed.

    Raises UsageError for a line that is wrong.
    """
    result = build().main(args=argv, prog_name="pyker", standalone_mode=False)
    return result if isinstance(result, Arguments) else None
