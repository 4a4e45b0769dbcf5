"""`pyker image tree`: the layers of images as a picture."""

from pyker.base.ids import short
from pyker.base.units import human_size
from pyker.cli.listing import shorten
from pyker.cli.output import harmless, say
from pyker.engine.layer_tree import layer_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.layer_tree import Line

WIDTH = 60  # of the step that made a layer


def main(home: "Home", arguments: "Arguments") -> int:
    """Draw the layers, each upon the one it stands on, with the images they are the top of."""
    text = arguments.words[0] if arguments.words else ""
    lines = layer_tree(home, text, everything=arguments.flag("whatrequires"))
    trunc = not arguments.flag("no_trunc")
    for at, line in enumerate(lines):
        if at and line.lowest:
            say()
        say(_margin(line) + _told(line, trunc=trunc))
    return 0


def _margin(line: "Line") -> str:
    """A single layer upon another stays in its column, only a fork goes inward."""
    passed = line.forks[:-1] if line.begins else line.forks
    margin = "".join("   " if last else "│  " for last in passed)
    return margin + (("└─ " if line.forks[-1] else "├─ ") if line.begins else "")


def _told(line: "Line", *, trunc: bool) -> str:
    by = harmless(" ".join(line.made_by.split()))
    words = [short(line.chain) if trunc else line.chain, f"{human_size(line.size):>7}"]
    words.append(shorten(by, WIDTH) if trunc else by)
    words.append(f"◀ {', '.join(line.images)}" if line.images else "")
    return "  ".join(word for word in words if word)
