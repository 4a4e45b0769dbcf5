"""`pyker stop`: ask containers to end, insist after a while."""

from pyker.cli.choosing import chosen
from pyker.cli.numbers import whole_number
from pyker.cli.several import each
from pyker.engine.stop import stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Stop each container and echo its name."""
    timeout = float(whole_number(arguments, "timeout", 0)) if arguments.given("timeout") else None
    signal = arguments.text("signal")
    words = chosen(home, arguments, lambda one: one.is_active)
    return each(words, lambda name: stop(home, name, timeout=timeout, signal=signal))
