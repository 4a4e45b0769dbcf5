"""`pyker logs`: what a container printed."""

import os
import time

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.ids import short
from pyker.cli.output import ERR, OUT, put
from pyker.engine.containers import all_containers, find_container
from pyker.engine.logs import Wish, read_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.model.container import Container

STREAMS = {"stdout": OUT, "stderr": ERR}
COLOURS = ("36", "33", "32", "35", "34", "31")  # of ECMA-48, 8.3.117
BATCH = 1 << 16  # bytes written at once when a log is read from its beginning


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the log of each container, its standard error on ours."""
    wish = Wish(
        follow=arguments.flag("follow"),
        since=_moment(arguments, "since"),
        until=_moment(arguments, "until"),
        tail=_tail(arguments),
        timestamps=arguments.flag("timestamps"),
        details=arguments.flag("details"),
    )
    containers = _chosen(home, arguments)
    logs = [read_log(home, container, wish) for container in containers]
    leads = _leads(containers, arguments)
    if len(logs) == 1:
        _print(logs[0], leads[0], at_once=wish.follow)
        return 0
    return _print_all(logs, leads)


def _chosen(home: "Home", arguments: "Arguments") -> "list[Container]":
    if arguments.flag("latest"):
        if arguments.words:
            raise InvalidError("--latest and containers cannot be used together")
        newest = all_containers(home)[:1]
        if not newest:
            raise NotFoundError("no containers to show the latest of")
        return newest
    if not arguments.words:
        from pyker.cli.choosing import too_few

        too_few(arguments)
    return [find_container(home, name) for name in arguments.words]


def _leads(containers: "list[Container]", arguments: "Arguments") -> "list[bytes]":
    """What stands before each line of each container."""
    width = max(len(container.name) for container in containers) if arguments.flag("names") else 0
    leads = []
    for at, container in enumerate(containers):
        name = (
            container.name if arguments.flag("names") else short(container.id) if len(containers) > 1 else ""
        )
        colour = COLOURS[at % len(COLOURS)] if arguments.flag("color") and name else ""
        lead = f"{name:<{width}} " if name else ""
        leads.append((f"\033[{colour}m{lead}\033[0m" if colour else lead).encode())
    return leads


def _print(log: "Iterator[tuple[str, bytes]]", lead: bytes, *, at_once: bool) -> None:
    """Print records, many at once where nobody waits for them."""
    waiting, to = bytearray(), OUT
    for stream, text in log:
        descriptor = STREAMS[stream]
        if waiting and (descriptor != to or len(waiting) > BATCH):
            put(to, waiting)
            waiting = bytearray()
        to = descriptor
        waiting += lead + text if lead else text
        if at_once:
            put(to, waiting)
            waiting = bytearray()
    if waiting:
        put(to, waiting)


def _print_all(logs: "list[Iterator[tuple[str, bytes]]]", leads: "list[bytes]") -> int:
    """Print several logs at once, a child for each, line by line."""
    children = []
    for log, lead in zip(logs, leads):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _print(log, lead, at_once=True)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return 1 if any(codes) else 0


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
