"""`pyker unpause`: containers let go on."""

from pyker.cli.choosing import chosen
from pyker.cli.several import each
from pyker.engine.pause import unpause
from pyker.model.container import PAUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Let each container go on and echo its name."""
    words = chosen(home, arguments, lambda one: one.status == PAUSED)
    return each(words, lambda name: unpause(home, name))
