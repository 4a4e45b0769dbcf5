"""`pyker system boot`: containers as their restart policies want them."""

from pyker.cli.output import complain, explained, say, warn
from pyker.engine.boot import boot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.errors import PykerError
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", _arguments: "Arguments") -> int:
    """Start them and print their names; 1 when one could not be started."""
    return tell(lambda report: boot(home, report, warn))


def tell(act: "Callable[[Callable[[str, PykerError | None], None]], None]") -> int:
    """Print the names that *act* reports, and the errors it reports with some; 1 when there were any."""
    failed = 0

    def report(name: str, error: "PykerError | None") -> None:
        nonlocal failed
        if error is None:
            say(name)
        else:
            failed = 1
            complain(f"{name}: {explained(error)}")

    act(report)
    return failed
