"""`pyker diff`: what a container changed of its image."""

from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import say, warn
from pyker.engine.diff import diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.layers.diff import Change

COLUMNS = Columns(("Type", "Path"), {"Type": "CHANGE TYPE", "Path": "PATH"})


def main(home: "Home", arguments: "Arguments") -> int:
    """Print one line a path: A added, C changed, D deleted."""
    changes = diff(home, arguments.words[0], warn)
    if format := arguments.text("format"):
        print_listing([_row(change) for change in changes], COLUMNS, format)
    elif changes:
        say("\n".join(f"{change.kind} {change.path}" for change in changes))
    return 0


def _row(change: "Change") -> Row:
    return Row({"Path": lambda: change.path, "Type": lambda: change.kind})
