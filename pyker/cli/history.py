"""`pyker history`: the steps of an image, newest first."""

import time

from pyker.base.units import human_size, rfc3339
from pyker.cli.age import ago, seconds_of
from pyker.cli.listing import Columns, Row, print_listing, shorten
from pyker.cli.output import harmless, say
from pyker.engine.history import history

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.history import Step

MISSING = "<missing>"
WIDTH = 45
HEADINGS = {
    "ID": "IMAGE",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "CreatedBy": "CREATED BY",
    "Size": "SIZE",
    "Comment": "COMMENT",
}
SHOWN = ("ID", "CreatedSince", "CreatedBy", "Size", "Comment")


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the steps; only the newest is an image one can name."""
    identity, steps = history(home, arguments.words[0])
    trunc = not arguments.flag("no_trunc")
    shown = identity[7:19] if trunc else identity
    ids = [shown, *[MISSING] * (len(steps) - 1)] if steps else []
    if arguments.flag("quiet") and not arguments.text("format"):
        for name in ids:
            say(name)
        return 0
    human = arguments.options.get("human", True)
    rows = [_row(name, step, trunc=trunc, human=bool(human)) for name, step in zip(ids, steps)]
    print_listing(rows, Columns(SHOWN, HEADINGS), arguments.text("format"))
    return 0


def _row(name: str, step: "Step", *, trunc: bool, human: bool) -> Row:
    seconds = seconds_of(step.created)
    moment = f"{rfc3339(seconds)[:19]}Z" if seconds > 0 else "N/A"
    by = harmless(" ".join(step.created_by.split()))
    return Row(
        {
            "Comment": lambda: harmless(step.comment),
            "CreatedAt": lambda: moment,
            "CreatedBy": lambda: shorten(by, WIDTH) if trunc else by,
            "CreatedSince": lambda: ago(seconds, time.time()) if human else moment,
            "ID": lambda: name,
            "Size": lambda: human_size(step.size) if human else str(step.size),
        }
    )
