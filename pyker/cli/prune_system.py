"""`pyker system prune`: everything that is not in use goes."""

from pyker.base.units import human_size
from pyker.cli import prune_containers, prune_images
from pyker.cli.filters import read_filters
from pyker.cli.output import say
from pyker.cli.question import confirmed
from pyker.engine.prune_volumes import prune_volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

FILTERS = ("until", "label", "label!")


def main(home: "Home", arguments: "Arguments") -> int:
    """Ask, unless --force was given, remove in the order of need, and tell how much room that gave."""
    words = arguments.many("filter")
    asked = read_filters(words, FILTERS)
    if not arguments.flag("force") and not confirmed(_warning(arguments)):
        return 0
    gained = prune_containers.remove(home, words)
    if arguments.flag("volumes"):
        gained += _remove_volumes(home)
    gained += prune_images.remove(home, asked, everything=arguments.flag("all"))
    say(f"Total reclaimed space: {human_size(gained, 4)}")
    return 0


def _warning(arguments: "Arguments") -> str:
    things = ["all stopped containers"]
    if arguments.flag("volumes"):
        things.append("all anonymous volumes not used by at least one container")
    unused = "all images without at least one container associated to them"
    things.append(unused if arguments.flag("all") else "all dangling images")
    return "\n".join(["This will remove:", *(f"  - {thing}" for thing in things), ""])


def _remove_volumes(home: "Home") -> int:
    gained = 0
    heading = True
    for name, size in prune_volumes(home):
        if heading:
            say("Deleted Volumes:")
            heading = False
        say(name)
        gained += size
    if not heading:
        say()
    return gained
