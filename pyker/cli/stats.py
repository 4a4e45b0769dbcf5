"""`pyker stats`: what containers use, once or again and again."""

import os
import time

from pyker.base.errors import InvalidError
from pyker.base.ids import short
from pyker.base.units import binary_size, human_size
from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import OUT, say
from pyker.engine.stats import sample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.stats import Sample

COLUMNS = Columns(
    ("ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"),
    {
        "ID": "CONTAINER ID",
        "Name": "NAME",
        "CPUPerc": "CPU %",
        "MemUsage": "MEM USAGE / LIMIT",
        "MemPerc": "MEM %",
        "NetIO": "NET I/O",
        "BlockIO": "BLOCK I/O",
        "PIDs": "PIDS",
        "Container": "CONTAINER",
    },
)
CLEAR = "\033[2J\033[H"


def main(home: "Home", arguments: "Arguments") -> int:
    """Print one reading with --no-stream, else a new one every second until interrupted."""
    words = _words(home, arguments)
    before: "dict[str, Sample]" = {}
    pause = _pause(arguments)
    clear = CLEAR if os.isatty(OUT) and not arguments.flag("no_reset") else ""
    while True:
        found = sample(home, words, everything=arguments.flag("all"))
        rows = [_row(one, before.get(one.id), full=arguments.flag("no_trunc")) for one in found]
        if arguments.flag("no_stream"):
            print_listing(rows, COLUMNS, arguments.text("format"))
            return 0
        say(clear, end="")
        print_listing(rows, COLUMNS, arguments.text("format"))
        before = {one.id: one for one in found}
        time.sleep(pause)


def _pause(arguments: "Arguments") -> int:
    if not arguments.given("interval"):
        return 1
    from pyker.cli.numbers import whole_number

    return max(1, whole_number(arguments, "interval", 1))


def _words(home: "Home", arguments: "Arguments") -> "tuple[str, ...]":
    if not arguments.flag("latest"):
        return arguments.words
    if arguments.words or arguments.flag("all"):
        raise InvalidError("--all, --latest and arguments cannot be used together")
    from pyker.cli.choosing import latest_container

    return (latest_container(home).id,)


def _row(one: "Sample", before: "Sample | None", *, full: bool) -> Row:
    identity = one.id if full else short(one.id)
    used = one.used
    return Row(
        {
            "BlockIO": lambda: f"{human_size(used.read or 0)} / {human_size(used.written or 0)}",
            "CPUPerc": lambda: f"{_processor(one, before):.2f}%",
            "Container": lambda: identity if one.asked == one.id else one.asked,
            "ID": lambda: identity,
            "MemPerc": lambda: f"{100 * used.memory / used.limit if used.limit else 0:.2f}%",
            "MemUsage": lambda: f"{binary_size(used.memory)} / {binary_size(used.limit)}",
            "Name": lambda: one.name,
            "NetIO": lambda: f"{human_size(one.received)} / {human_size(one.sent)}",
            "PIDs": lambda: str(used.pids),
        }
    )


def _processor(one: "Sample", before: "Sample | None") -> float:
    """Percent of one CPU since the last reading; of the first reading, since the container started."""
    if before is None or not before.moment or before.used.cpu > one.used.cpu:
        return one.used.cpu / (one.age * 1e7) if one.age else 0.0
    return (one.used.cpu - before.used.cpu) / max(1e-9, one.moment - before.moment) / 1e7
