"""`pyker top`: the processes of a container."""

from pyker.cli.output import say
from pyker.engine.top import top

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

NARROWEST, PADDING = 20, 3  # Docker's tabwriter for this command


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the processes as a table."""
    name, *words = _words(home, arguments)
    rows = top(home, name, tuple(words))
    widths = [
        max(NARROWEST, PADDING + max(len(row[place]) for row in rows if place < len(row)))
        for place in range(len(rows[0]))
    ]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row[:-1], widths)) + row[-1] for row in rows]
    say("\n".join(lines))
    return 0


def _words(home: "Home", arguments: "Arguments") -> "tuple[str, ...]":
    if not arguments.flag("latest"):
        if not arguments.words:
            from pyker.cli.choosing import too_few

            too_few(arguments)
        return arguments.words
    from pyker.cli.choosing import latest_container

    return (latest_container(home).id, *arguments.words)
