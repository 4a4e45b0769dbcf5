"""`pyker kill`: a signal to containers."""

from pyker.cli.choosing import chosen
from pyker.cli.several import each
from pyker.engine.kill import kill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Send the signal (KILL) to each container and echo its name."""
    signal = arguments.text("signal") or "KILL"
    words = chosen(home, arguments, lambda one: one.is_running)
    return each(words, lambda name: kill(home, name, signal))
