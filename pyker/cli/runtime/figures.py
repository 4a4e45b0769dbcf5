"""events: what a container uses, once or every few seconds, and when the kernel killed for want of memory."""

import select

from pyker.base.errors import ConflictError, InvalidError
from pyker.base.jsonfile import dumps
from pyker.base.units import parse_duration
from pyker.cli.output import say
from pyker.runtime.state import STOPPED, State, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given


def do_events(place: "Place", given: "Given") -> int:
    """Print the figures as JSON lines until the container ends, or once with --stats."""
    state = find(place.root, given.words[0])
    interval = _interval(given.text("interval"))
    if state.status == STOPPED:
        raise ConflictError(f"container with id {state.id} is not running")
    if given.flag("stats"):
        _tell(state)
        return 0
    _follow(state, interval)
    return 0


def _interval(text: str) -> float:
    try:
        interval = parse_duration(text)
    except (ValueError, InvalidError):
        raise InvalidError(f'invalid value "{text}" for flag -interval: parse error') from None
    if interval <= 0:
        raise InvalidError("duration interval must be greater than 0")
    return interval


def _tell(state: State) -> None:
    say(dumps({"type": "stats", "id": state.id, "data": state.group.stats()}))


def _follow(state: State, interval: float) -> None:
    """Tell on and on; the end of the first process wakes us at once."""
    import os

    with open(os.pidfd_open(state.pid), "rb") as process:
        poll = select.poll()
        poll.register(process, select.POLLIN)
        kills = state.group.oom_kills()
        while not poll.poll(interval * 1000):
            if (now := state.group.oom_kills()) > kills:
                kills = now
                say(dumps({"type": "oom", "id": state.id}))
            _tell(state)
