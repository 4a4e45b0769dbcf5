"""`pyker untag`: names of an image go, the image stays."""

from pyker.engine.tag import untag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Take the names given away from the image, or all it has."""
    untag(home, arguments.words[0], arguments.words[1:])
    return 0
