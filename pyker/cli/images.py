"""`pyker images`: the images there are, one row a tag."""

import time

from pyker.base.errors import InvalidError
from pyker.base.units import human_size, local_time
from pyker.cli.age import ago, seconds_of
from pyker.cli.filters import read_filters
from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import complain, say
from pyker.engine.images import list_images

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.images import ImageRow

FILTERS = ("before", "dangling", "id", "label", "reference", "since", "until")
HEADINGS = {
    "ID": "IMAGE ID",
    "Repository": "REPOSITORY",
    "Tag": "TAG",
    "Digest": "DIGEST",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "Size": "SIZE",
    "Containers": "CONTAINERS",
    "VirtualSize": "VIRTUAL SIZE",
    "SharedSize": "SHARED SIZE",
    "UniqueSize": "UNIQUE SIZE",
}
SHOWN = ("Repository", "Tag", "ID", "CreatedSince", "Size")
WITH_DIGESTS = ("Repository", "Tag", "Digest", "ID", "CreatedSince", "Size")
ORDERS: "dict[str, Callable[[ImageRow], Any]]" = {  # the newest and the largest first
    "created": lambda row: -seconds_of(row.image.created),
    "id": lambda row: row.image.id,
    "repository": lambda row: (row.repository, row.tag),
    "size": lambda row: -row.image.size,
    "tag": lambda row: (row.tag, row.repository),
}
RAW = (
    "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\n"
    "created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n"
)


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the images of *home*, newest first, or as a picture of their layers."""
    if arguments.flag("tree"):
        from pyker.cli.image_tree import main as draw

        return draw(home, arguments)
    rows = chosen(home, arguments)
    if order := arguments.text("sort"):
        if order not in ORDERS:
            from pyker.cli.numbers import bad_option

            raise bad_option(arguments, "sort", f"must be one of {', '.join(ORDERS)}")
        rows.sort(key=ORDERS[order])
    format = arguments.text("format")
    trunc = not arguments.flag("no_trunc")
    if arguments.flag("quiet") and not format:
        if rows:
            say("\n".join(row.image.short_id if trunc else row.image.id for row in rows))
        return 0
    now = time.time()
    columns = Columns(WITH_DIGESTS if arguments.flag("digests") else SHOWN, HEADINGS, RAW)
    heading = not arguments.flag("noheading")
    print_listing([_row(row, now, trunc=trunc) for row in rows], columns, format, heading=heading)
    if not rows and "ls" in arguments.words:
        complain("No images found matching \"ls\": did you mean 'pyker image ls'?")
    return 0


def chosen(home: "Home", arguments: "Arguments") -> "list[ImageRow]":
    """The rows that the options ask for."""
    asked = read_filters(arguments.many("filter"), FILTERS)
    until = asked.pop("until", [])
    name = arguments.words[0] if arguments.words else ""
    rows = list_images(home, name, filters=asked)
    if until:
        limit = min(_moment(text) for text in until)
        rows = [row for row in rows if seconds_of(row.image.created) < limit]
    return rows


def _moment(text: str) -> float:
    from pyker.base.units import parse_moment

    try:
        return parse_moment(text)
    except ValueError as error:
        raise InvalidError(f"Invalid filter 'until={text}': {error}") from None


def _row(row: "ImageRow", now: float, *, trunc: bool) -> Row:
    image = row.image
    created = seconds_of(image.created)
    fields: "dict[str, Callable[[], Any]]" = {
        "Containers": lambda: "N/A",
        "CreatedAt": lambda: local_time(created),
        "CreatedSince": lambda: ago(created, now),
        "Digest": lambda: row.digest,
        "ID": lambda: image.short_id if trunc else image.id,
        "Repository": lambda: row.repository,
        "SharedSize": lambda: "N/A",
        "Size": lambda: human_size(image.size),
        "Tag": lambda: row.tag,
        "UniqueSize": lambda: "N/A",
        "VirtualSize": lambda: human_size(image.size, 4),
    }
    return Row(fields)
