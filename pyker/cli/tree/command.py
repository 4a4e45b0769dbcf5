"""Typer's command and group, reading options by Go's rules and printing help in Docker's layout."""

from typing import Any

from typer._click.parser import _OptionParser  # Typer has no public name for its parser
from typer.core import TyperCommand, TyperGroup

from pyker.cli.parse import TRUTH
from pyker.cli.tree.definition import Definition
from pyker.cli.tree.mistakes import unknown_command, unknown_option, wrong_option


class GoParser(_OptionParser):
    """Options as Go's pflag reads them: --flag=false, -d=false and -p=80 besides what click knows."""

    def _process_opts(self, arg: str, state: Any) -> None:
        if arg.startswith("--"):
            name, equals, value = arg.partition("=")
            self._long(name, value if equals else None, state)
        else:
            self._cluster(arg, state)

    def _long(self, name: str, value: "str | None", state: Any) -> None:
        option = self._long_opt.get(name)
        if option is None:
            raise unknown_option(name, self.ctx, self._long_opt)
        if not option.takes_value:
            self._set(option, "true" if value is None else value, state)
        elif value is not None:
            option.process(value, state)
        elif state.rargs:
            option.process(state.rargs.pop(0), state)
        else:
            raise wrong_option(f"flag needs an argument: {name}", self.ctx)

    def _cluster(self, arg: str, state: Any) -> None:
        for at in range(1, len(arg)):
            option, more = self._short_opt.get("-" + arg[at]), arg[at + 1 :]
            if option is None:
                raise wrong_option(f"unknown shorthand flag: {arg[at]!r} in -{arg[at:]}", self.ctx)
            if len(more) > 1 and more[0] == "=":
                self._set(option, more[1:], state)
                return
            if not option.takes_value:
                option.process(None, state)
                continue
            if not more and not state.rargs:
                raise wrong_option(f"flag needs an argument: {arg[at]!r} in -{arg[at:]}", self.ctx)
            option.process(more or state.rargs.pop(0), state)
            return

    def _set(self, option: Any, value: str, state: Any) -> None:
        if option.takes_value:
            option.process(value, state)
        elif value in TRUTH:
            state.opts[option.dest] = TRUTH[value]
            state.order.append(option.obj)
        else:
            names = ", ".join(sorted(option.obj.opts, key=len))
            reason = f'strconv.ParseBool: parsing "{value}": invalid syntax'
            raise wrong_option(f'invalid argument "{value}" for "{names}" flag: {reason}', self.ctx)


def _parser(command: Any, ctx: Any) -> GoParser:
    parser = GoParser(ctx)
    for parameter in command.get_params(ctx):
        parameter.add_to_parser(parser, ctx)
    return parser


class PykerCommand(TyperCommand):
    """A command that yields Arguments; a subclass for each definition carries it."""

    definition: Definition

    def make_parser(self, ctx: Any) -> _OptionParser:
        """See click's Command.make_parser."""
        return _parser(self, ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page in Docker's layout."""
        from pyker.cli.tree.help import command_help

        formatter.write(command_help(ctx.command_path, self))


class PykerGroup(TyperGroup):
    """`pyker` itself, `pyker container`, `pyker image`."""

    def make_parser(self, ctx: Any) -> _OptionParser:
        """See click's Command.make_parser."""
        return _parser(self, ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands in Docker's layout."""
        from pyker.cli.tree.help import group_help

        formatter.write(group_help(ctx, self))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """See click's Group.resolve_command; an unknown one is answered with its nearest neighbour."""
        command = self.get_command(ctx, args[0])
        if command is None:
            visible = [name for name, one in self.commands.items() if not one.hidden]
            raise unknown_command(ctx, args[0], visible)
        return args[0], command, args[1:]


def class_for(definition: Definition) -> type[PykerCommand]:
    """The command class that knows its definition."""
    return type("DefinedCommand", (PykerCommand,), {"definition": definition})
