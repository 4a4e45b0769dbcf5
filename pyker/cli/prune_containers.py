"""`pyker container prune`: every container that does not run goes."""

from pyker.base.units import human_size, parse_time
from pyker.cli.container_row import labels_of
from pyker.cli.filters import has_labels, lacks_labels, moment, read_filters
from pyker.cli.output import say, warn
from pyker.cli.question import confirmed
from pyker.engine.prune import prune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.model.container import Container

FILTERS = ("until", "label", "label!")


def main(home: "Home", arguments: "Arguments") -> int:
    """Ask, unless --force was given, remove, and tell what went and how much room that gave."""
    words = arguments.many("filter")
    read_filters(words, FILTERS)
    warning = "This will remove all stopped containers."
    if not arguments.flag("force") and not confirmed(warning):
        return 0
    say(f"Total reclaimed space: {human_size(remove(home, words), 4)}")
    return 0


def remove(home: "Home", words: "tuple[str, ...]") -> int:
    """Remove the containers that the filters mean, and say which; the bytes they had written."""
    keep = _keep(words)
    gained = 0
    heading = True
    for identity, size in prune(home, keep, warn):
        if heading:
            say("Deleted Containers:")
            heading = False
        say(identity)
        gained += size
    if not heading:
        say()
    return gained


def _keep(words: "tuple[str, ...]") -> "Callable[[Container], bool]":
    """The test for containers that the filters leave alone."""
    asked = read_filters(words, FILTERS)
    limits = [moment(text) for text in asked.get("until", ())]

    def keep(container: "Container") -> bool:
        labels = labels_of(container)
        chosen = (
            all(parse_time(container.created) < limit for limit in limits)
            and has_labels(labels, asked.get("label", ()))
            and lacks_labels(labels, asked.get("label!", ()))
        )
        return not chosen

    return keep
