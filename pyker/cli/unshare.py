"""`pyker unshare`: a command in the user's own namespace."""

from pyker.cli.output import warn
from pyker.engine.unshare import unshare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Become the command."""
    unshare(home, arguments.words, warn)
