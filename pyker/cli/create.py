"""`pyker create`: a new container that does not run yet."""

from pyker.cli.output import complain, say, warn
from pyker.cli.request import run_request
from pyker.engine.create import create

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Make the container and print its id."""
    request = run_request(home, arguments, warn)
    report = (lambda _: None) if request.quiet else complain
    if request.replacing:
        from pyker.engine.replace import make_way

        make_way(home, request, report)
    say(create(home, request, report=report, warn=warn).id)
    return 0
