"""`pyker system shutdown`: all containers stopped, for the machine goes down."""

from pyker.cli.boot import tell
from pyker.cli.numbers import whole_number
from pyker.engine.boot import shutdown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Stop them and print their names; 1 when one did not end."""
    timeout = float(whole_number(arguments, "timeout", 0)) if arguments.given("timeout") else None
    return tell(lambda report: shutdown(home, report, timeout))
