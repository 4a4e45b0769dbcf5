"""`pyker wait`: until containers end."""

from pyker.cli.output import say
from pyker.cli.several import each
from pyker.engine.wait import wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Wait for each container and print its exit code."""
    return each(arguments.words, lambda name: say(str(wait(home, name))), echo=False)
