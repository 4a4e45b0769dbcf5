"""`pyker healthcheck run`: look at a container's health now."""

from pyker.cli.output import say
from pyker.engine.health import run_check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Run the check; 1 and a word when it failed."""
    if run_check(home, arguments.words[0]) == 0:
        return 0
    say("unhealthy")
    return 0 if arguments.flag("ignore_result") else 1
