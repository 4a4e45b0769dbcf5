"""`pyker logs`: what a container printed."""

import time

from pyker.base.errors import InvalidError
from pyker.cli.output import ERR, OUT, put
from pyker.engine.containers import find_container, is_alive
from pyker.engine.logs import read_logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

STREAMS = {"stdout": OUT, "stderr": ERR}
BATCH = 1 << 16  # bytes written at once when a log is read from its beginning


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the log of a container, its standard error on ours."""
    container = find_container(home, arguments.words[0])
    driver = container.config["host"]["LogConfig"]["Type"]
    if driver == "none":
        raise InvalidError("configured logging driver does not support reading")
    follow = arguments.flag("follow")
    records = read_logs(
        f"{container.path}/ctr.log",
        follow=follow,
        since=_moment(arguments, "since"),
        until=_moment(arguments, "until"),
        tail=_tail(arguments),
        timestamps=arguments.flag("timestamps"),
        alive=lambda: is_alive(home, container.id),
    )
    waiting, to = bytearray(), OUT
    for stream, text in records:
        descriptor = STREAMS[stream]
        if waiting and (descriptor != to or len(waiting) > BATCH):
            put(to, waiting)
            waiting = bytearray()
        to = descriptor
        waiting += text
        if follow:
            put(to, waiting)
            waiting = bytearray()
    if waiting:
        put(to, waiting)
    return 0


def _moment(arguments: "Arguments", name: str) -> "float | None":
    text = arguments.text(name)
    if not text:
        return None
    from pyker.base.units import parse_moment

    try:
        return parse_moment(text, time.time())
    except ValueError:
        reason = f'failed to parse value as time or duration: "{text}"'
        hint = "write 2026-11-21T01:47:14Z, 2026-11-21, 42m (ago) or seconds since 1970"
        raise InvalidError(f'invalid value for "{name}": {reason}', hint=hint) from None


def _tail(arguments: "Arguments") -> "int | None":
    """The number of lines asked for; like Docker, everything for "all", a negative number or nonsense."""
    text = arguments.text("tail", "all")
    return int(text) if text.isascii() and text.isdecimal() else None
