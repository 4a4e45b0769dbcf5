"""Which containers `pause` and `unpause` mean."""

from pyker.base.errors import InvalidError
from pyker.cli.several import each
from pyker.engine.containers import all_containers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def each_chosen(home: "Home", arguments: "Arguments", act: "Callable[[str], object]", status: str) -> int:
    """*act* on the containers on the line, on all whose status is *status* (--all), or on the last made."""
    everything, latest = arguments.flag("all"), arguments.flag("latest")
    if arguments.words:
        if everything or latest:
            raise InvalidError("--all, --latest and arguments cannot be used together")
        return each(arguments.words, act)
    if everything:
        return each([one.id for one in all_containers(home) if one.status == status], act)
    if latest:
        return each([one.id for one in all_containers(home)[:1]], act)
    raise InvalidError(
        "you must provide at least one container name or id",
        hint=f"pyker {arguments.command} CONTAINER, or pyker {arguments.command} --all",
    )
