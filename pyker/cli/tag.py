"""`pyker tag`: one more name for an image."""

from pyker.engine.tag import tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Give the image its further name."""
    tag(home, arguments.words[0], arguments.words[1])
    return 0
