"""`pyker container init`: containers made ready, their programs waiting for `start`."""

from pyker.cli.choosing import chosen
from pyker.cli.output import warn
from pyker.cli.several import each
from pyker.engine.initialize import initialize
from pyker.model.container import INITIALIZED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Initialize each container and echo its name."""
    words = chosen(home, arguments, lambda one: one.may_move(INITIALIZED))
    return each(words, lambda name: initialize(home, name, warn))
