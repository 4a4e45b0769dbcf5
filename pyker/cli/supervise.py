"""`pyker container supervise`: what a parked supervisor wakes up as."""

from pyker.base.errors import InvalidError
from pyker.engine.supervise import take_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(_home: "Home", arguments: "Arguments") -> int:
    """Go on with the job behind the descriptor named last on the line."""
    if not arguments.words or not arguments.words[-1].isdecimal():
        raise InvalidError("this command is for pyker itself")
    take_up(int(arguments.words[-1]))
    return 0
