"""`pyker system df`: where the disk went, and what could be had back."""

import os
import time

from pyker.base.units import human_size
from pyker.cli.age import ago, seconds_of
from pyker.cli.container_row import View
from pyker.cli.listing import Columns, Row, align, print_listing
from pyker.cli.output import OUT, complain, say
from pyker.engine.images import NONE
from pyker.engine.usage import usage
from pyker.model.reference import split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.usage import ImageUse, Usage

HEADINGS = {
    "Type": "TYPE",
    "TotalCount": "TOTAL",
    "Active": "ACTIVE",
    "Size": "SIZE",
    "Reclaimable": "RECLAIMABLE",
}
SHOWN = tuple(HEADINGS)
IMAGE_HEADINGS = "REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\tSHARED SIZE\tUNIQUE SIZE\tCONTAINERS"
CONTAINER_HEADINGS = "CONTAINER ID\tIMAGE\tCOMMAND\tLOCAL VOLUMES\tSIZE\tCREATED\tSTATUS\tNAMES"
CONTAINER_FIELDS = ("ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names")
CACHE_HEADINGS = "CACHE ID\tCACHE TYPE\tSIZE\tCREATED\tLAST USED\tUSAGE\tSHARED"
BAR = 30  # cells of the longest bar


class Kind:
    """One line: how many of a kind, how many in use, their bytes and how many of those are not needed."""

    def __init__(self, name: str, total: int, active: int, size: int, idle: int) -> None:
        self.name = name
        self.total = total
        self.active = active
        self.size = size
        self.idle = idle

    def row(self) -> Row:
        """The line as a listing shows it."""
        share = f" ({self.idle * 100 // self.size}%)" if self.size else ""
        return Row(
            {
                "Active": lambda: str(self.active),
                "Reclaimable": lambda: human_size(self.idle, 4) + share,
                "Size": lambda: human_size(self.size, 4),
                "TotalCount": lambda: str(self.total),
                "Type": lambda: self.name,
            }
        )

    def bar(self, most: int) -> str:
        """The size as a bar, of which the light end could be had back."""
        length = round(BAR * self.size / most) if most else 0
        light = round(BAR * self.idle / most) if most else 0
        return "█" * (length - light) + "░" * light


def main(home: "Home", arguments: "Arguments") -> int:
    """Print a line for each kind of thing, or with -v for each thing; on a terminal with bars."""
    found = usage(home, complain)
    if arguments.flag("verbose"):
        _print_all(found)
        return 0
    kinds = kinds_of(found)
    format = arguments.text("format")
    print_listing([kind.row() for kind in kinds], Columns(SHOWN, HEADINGS), format)
    if not format and os.isatty(OUT):
        _print_bars(kinds)
    return 0


def kinds_of(found: "Usage") -> "tuple[Kind, ...]":
    """Images, containers, volumes and the build cache, counted."""
    idle = [one for one in found.containers if not one.container.is_active]
    loose = [one for one in found.volumes if not one.links]
    return (
        Kind(
            "Images",
            len(found.images),
            sum(one.containers > 0 for one in found.images),
            found.layers,
            found.idle_layers,
        ),
        Kind(
            "Containers",
            len(found.containers),
            len(found.containers) - len(idle),
            sum(one.size for one in found.containers),
            sum(one.size for one in idle),
        ),
        Kind(
            "Local Volumes",
            len(found.volumes),
            len(found.volumes) - len(loose),
            sum(one.size for one in found.volumes),
            sum(one.size for one in loose),
        ),
        Kind("Build Cache", 0, 0, 0, 0),
    )


def _print_bars(kinds: "tuple[Kind, ...]") -> None:
    most = max(kind.size for kind in kinds)
    if most:
        say()
        say(align([f"{kind.name}\t{kind.bar(most)}" for kind in kinds if kind.size]))
        say("█ in use  ░ reclaimable")


def _print_all(found: "Usage") -> None:
    say("Images space usage:\n")
    say(align([IMAGE_HEADINGS, *(line for one in found.images for line in _image_lines(one))]))
    say("\nContainers space usage:\n")
    names = {one.image.id: one.image.names for one in found.images}
    sizes = {one.container.id: one.size for one in found.containers}
    view = View(
        trunc=True,
        image_name=lambda one: one.config["image"] if names.get(one.image_id) else one.image_id,
        size=lambda one: (sizes[one.id], -1),
    )
    rows = [view.row(one.container).fields for one in found.containers]
    say(
        align(
            [CONTAINER_HEADINGS, *("\t".join(str(row[name]()) for name in CONTAINER_FIELDS) for row in rows)]
        )
    )
    say("\nLocal Volumes space usage:\n")
    volumes = (f"{one.volume.name}\t{one.links}\t{human_size(one.size, 4)}" for one in found.volumes)
    say(align(["VOLUME NAME\tLINKS\tSIZE", *volumes]))
    say(f"\nBuild cache usage: 0B\n\n{align([CACHE_HEADINGS])}")


def _image_lines(one: "ImageUse") -> "list[str]":
    image = one.image
    names = [split_canonical(name) for name in image.names]
    shown = [f"{name.familiar_name}\t{name.tag}" for name in names] or [f"{NONE}\t{NONE}"]
    sizes = (human_size(image.size), human_size(one.shared, 4), human_size(one.unique, 4))
    created = ago(seconds_of(image.created), time.time())
    return ["\t".join((name, image.short_id, created, *sizes, str(one.containers))) for name in shown]
