"""`pyker wait`: until containers end, or are as somebody wants them."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.cli.output import say
from pyker.cli.several import each
from pyker.engine.wait import CONDITIONS, wait, wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

INTERVAL = 0.25  # seconds


def main(home: "Home", arguments: "Arguments") -> int:
    """Wait for each container and print its exit code."""
    conditions = arguments.many("condition")
    for condition in conditions:
        if condition not in CONDITIONS:
            raise InvalidError(
                f'invalid argument "{condition}" for "--condition" flag: no such condition',
                hint=f"one of: {', '.join(CONDITIONS)}",
            )
    interval = _interval(arguments)

    def act(name: str) -> None:
        try:
            say(str(wait_until(home, name, conditions, interval) if conditions else wait(home, name)))
        except NotFoundError:
            if not arguments.flag("ignore"):
                raise
            say("-1")

    return each(_chosen(home, arguments), act, echo=False)


def _interval(arguments: "Arguments") -> float:
    """The seconds that --interval says: a Go duration, or milliseconds as Podman has them."""
    if not arguments.given("interval"):
        return INTERVAL
    from pyker.base.units import parse_duration
    from pyker.cli.numbers import bad_option

    text = arguments.text("interval")
    try:
        seconds = parse_duration(f"{text}ms" if text.isdecimal() else text)
    except ValueError as error:
        raise bad_option(arguments, "interval", str(error)) from None
    if seconds <= 0:
        raise bad_option(arguments, "interval", "it must be more than 0")
    return seconds


def _chosen(home: "Home", arguments: "Arguments") -> "tuple[str, ...]":
    if not arguments.flag("latest"):
        if not arguments.words:
            raise InvalidError('"wait" requires at least 1 argument', hint="pyker wait CONTAINER")
        return arguments.words
    if arguments.words:
        raise InvalidError("--latest and containers cannot be used together")
    from pyker.engine.containers import all_containers

    return tuple(one.id for one in all_containers(home)[:1])
