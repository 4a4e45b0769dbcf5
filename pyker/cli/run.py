"""`pyker run`: a new container in the foreground, or in the background with its id printed."""

import os

from pyker.cli.output import complain, say, warn
from pyker.cli.request import run_request
from pyker.engine.run import run, run_detached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Run the container; its exit code, or 0 when it was detached."""
    request = run_request(home, arguments, warn)
    report = _silent if request.quiet else complain
    if request.replacing:
        from pyker.engine.replace import make_way

        make_way(home, request, report)
    if request.detach:
        say(run_detached(home, request, report=report, warn=warn).id)
        return 0
    wants_input = request.stdin_open and (not request.attach or "stdin" in request.attach)
    if request.tty and wants_input and not os.isatty(0):
        complain(
            "Error: the input device is not a TTY\nhint: leave -t out when standard input is no terminal"
        )
        return 1
    return run(
        home,
        request,
        report=report,
        warn=warn,
        detach_keys=arguments.text("detach_keys"),
        sig_proxy=arguments.options.get("sig_proxy", True) is True,
    )


def _silent(_: str) -> None:
    """What --quiet makes of progress."""
