"""`pyker image diff`: files added, changed and deleted between two images, with their sizes."""

from pyker.base.units import human_size
from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import say, warn
from pyker.engine.image_diff import image_diff
from pyker.layers.diff import ADDED, CHANGED, DELETED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.layers.stacks import Difference

COLUMNS = Columns(("Type", "Size", "Path"), {"Type": "CHANGE TYPE", "Size": "SIZE", "Path": "PATH"})
WORDS = {ADDED: "added", CHANGED: "changed", DELETED: "deleted"}


def main(home: "Home", arguments: "Arguments") -> int:
    """Print one line a path, and with --size how many bytes it has and what all come to."""
    found = image_diff(home, arguments.words, warn)
    sized = arguments.flag("size")
    if format := arguments.text("format"):
        print_listing([_row(one) for one in found], COLUMNS, format)
        return 0
    lines = [_line(one, sized=sized) for one in found]
    if sized:
        lines.append(_sum(found))
    if lines:
        say("\n".join(lines))
    return 0


def _line(one: "Difference", *, sized: bool) -> str:
    return f"{one.kind} {human_size(one.size):>9} {one.path}" if sized else f"{one.kind} {one.path}"


def _sum(found: "list[Difference]") -> str:
    """How many there are of each kind, and what they come to."""
    parts = []
    for kind, word in WORDS.items():
        sizes = [one.size for one in found if one.kind == kind]
        parts.append(f"{len(sizes)} {word} ({human_size(sum(sizes))})")
    return ", ".join(parts)


def _row(one: "Difference") -> Row:
    return Row(
        {
            "Path": lambda: one.path,
            "Type": lambda: one.kind,
            "Size": lambda: human_size(one.size),
            "Bytes": lambda: str(one.size),
        }
    )
