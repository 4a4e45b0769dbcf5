"""`pyker restart`: stop containers and start them again."""

from pyker.base.errors import InvalidError
from pyker.cli.numbers import whole_number
from pyker.cli.output import warn
from pyker.cli.several import each
from pyker.engine.containers import all_containers, find_container
from pyker.engine.restart import restart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Restart each container and echo its name."""
    timeout = float(whole_number(arguments, "timeout", 0)) if arguments.given("timeout") else None
    signal = arguments.text("signal")
    return each(
        _chosen(home, arguments),
        lambda name: restart(home, name, timeout=timeout, signal=signal, warn=warn),
    )


def _chosen(home: "Home", arguments: "Arguments") -> "list[str]":
    """The words on the line, or the containers that --all, --running or --latest mean."""
    words = list(arguments.words)
    everything, latest = arguments.flag("all"), arguments.flag("latest")
    running = arguments.flag("running")
    if ((everything or latest) and words) or (everything and latest):
        raise InvalidError("--all, --latest and arguments cannot be used together")
    if everything or latest or (running and not words):
        found = all_containers(home)[: 1 if latest else None]
        return [one.id for one in found if one.is_active or not running]
    if not words:
        raise InvalidError("you must provide at least one container name or id", hint="pyker restart --help")
    return [word for word in words if not running or find_container(home, word).is_active]
