"""`pyker help COMMAND`."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(_home: "Home", arguments: "Arguments") -> int:
    """Print the help page of a command, or the list of commands."""
    from pyker.cli.tree.app import understand

    understand([*arguments.words, "--help"])
    return 0
