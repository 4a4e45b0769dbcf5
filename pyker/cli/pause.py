"""`pyker pause`: containers held still."""

from pyker.cli.choosing import chosen
from pyker.cli.several import each
from pyker.engine.pause import pause
from pyker.model.container import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Freeze every process of each container and echo its name."""
    words = chosen(home, arguments, lambda one: one.status == RUNNING)
    return each(words, lambda name: pause(home, name))
