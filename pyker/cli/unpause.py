"""`pyker unpause`: containers held still, or let go on."""

from pyker.cli.pausing import each_chosen
from pyker.engine.pause import unpause
from pyker.model.container import PAUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Let each container go on and echo its name."""
    return each_chosen(home, arguments, lambda name: unpause(home, name), PAUSED)
