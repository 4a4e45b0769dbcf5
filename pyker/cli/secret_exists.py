"""`pyker secret exists`: an answer for scripts."""

from pyker.base.errors import NotFoundError
from pyker.engine.secrets import find_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """0 when the secret is here, 1 when not; nothing is printed."""
    try:
        find_secret(home, arguments.words[0])
    except NotFoundError:
        return 1
    return 0
