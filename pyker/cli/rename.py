"""`pyker rename`: another name for a container."""

from pyker.engine.rename import rename

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Rename; nothing is printed."""
    rename(home, *arguments.words)
    return 0
