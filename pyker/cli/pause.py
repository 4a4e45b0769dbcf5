"""`pyker pause`: containers held still, or let go on."""

from pyker.cli.pausing import each_chosen
from pyker.engine.pause import pause
from pyker.model.container import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Freeze every process of each container and echo its name."""
    return each_chosen(home, arguments, lambda name: pause(home, name), RUNNING)
