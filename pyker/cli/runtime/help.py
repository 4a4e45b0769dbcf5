"""The help of `pyker-runtime`, from its table, laid out as runc's."""

from pyker import __version__
from pyker.cli.runtime.table import COMMANDS, FLAG, GLOBAL, NAME, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.runtime.table import Option

SPECIFICATION = "1.0.2"


def version() -> str:
    """What --version shows: the runtime's and the specification's."""
    return f"{NAME} version {__version__}\nspec: {SPECIFICATION}"


def of_all() -> str:
    """The help of the whole."""
    commands = [(name, command.usage) for name, command in COMMANDS.items()]
    commands.append(("help, h", "Shows a list of commands or help for one command"))
    return "\n".join(
        (
            f"NAME:\n   {NAME} - Open Container Initiative runtime\n",
            f"{NAME} runs bundles as containers on pyker's own runtime, with the\ncommand line of runc.\n",
            f"USAGE:\n   {NAME} [global options] command [command options] [arguments...]\n",
            "VERSION:\n   " + version() + "\n",
            "COMMANDS:\n" + _columns(commands) + "\n",
            "GLOBAL OPTIONS:\n" + _columns([row(option) for option in GLOBAL]),
        )
    )


def of_command(name: str) -> str:
    """The help of command *name*."""
    command = COMMANDS[name]
    parts = [
        f"NAME:\n   {NAME} {name} - {command.usage}\n",
        f"USAGE:\n   {_usage(name)}\n",
        f"DESCRIPTION:\n   {command.help}\n",
    ]
    if command.options:
        parts.append("OPTIONS:\n" + _columns([row(option) for option in command.options]) + "\n")
    return "\n".join(parts)


def _usage(name: str) -> str:
    command = COMMANDS[name]
    return " ".join(
        word for word in (NAME, name, "[command options]" if command.options else "", command.words) if word
    )


def row(option: "Option") -> "tuple[str, str]":
    """How an option is written, and what it does."""
    value = "" if option.kind == FLAG else " value"
    names = f"--{option.name}{value}"
    if option.short:
        names += f", -{option.short}{value}"
    quoted = f'"{option.default}"' if option.kind == TEXT else option.default
    return names, f"{option.help} (default: {quoted})" if option.default else option.help


def _columns(rows: "list[tuple[str, str]]") -> str:
    width = max(len(left) for left, _ in rows) + 2
    return "\n".join(f"   {left:{width}}{right}" for left, right in rows)
