"""`pyker top`: the processes of a container."""

from pyker.base.errors import InvalidError
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
            raise InvalidError("you must provide the name or id of a running container", hint="pyker top web")
        return arguments.words
    from pyker.engine.containers import all_containers

    found = all_containers(home)[:1]
    if not found:
        raise InvalidError("there is no container")
    return (found[0].id, *arguments.words)
