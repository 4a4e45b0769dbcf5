"""`pyker image prune`: images that nobody needs go."""

from pyker.base.units import human_size
from pyker.cli.age import seconds_of
from pyker.cli.filters import has_labels, lacks_labels, moment, read_filters, truth
from pyker.cli.output import say, warn
from pyker.cli.question import confirmed
from pyker.engine.image_lookup import image_config
from pyker.engine.prune_images import drop_blobs, layer_bytes, prune_images

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.cli.filters import Filters
    from pyker.cli.parse import Arguments
    from pyker.model.image import Image

FILTERS = ("dangling", "until", "label", "label!")


def main(home: "Home", arguments: "Arguments") -> int:
    """Ask, unless --force was given, remove, and tell what went and how much room that gave."""
    asked = read_filters(arguments.many("filter"), FILTERS)
    if arguments.flag("blobs"):
        return _prune_blobs(home, force=arguments.flag("force"))
    everything = arguments.flag("all") or truth(asked, "dangling") is False
    kind = "images without at least one container associated to them" if everything else "dangling images"
    if not arguments.flag("force") and not confirmed(f"This will remove all {kind}."):
        return 0
    say(f"Total reclaimed space: {human_size(remove(home, asked, everything=everything), 4)}")
    return 0


def _prune_blobs(home: "Home", *, force: bool) -> int:
    warning = "This will remove the layers as they were pulled: to push or save an image, pull it again."
    if force or confirmed(warning):
        say(f"Total reclaimed space: {human_size(drop_blobs(home), 4)}")
    return 0


def remove(home: "Home", asked: "Filters", *, everything: bool) -> int:
    """Remove the images that the filters mean, and say which; the bytes of layers that went."""
    before = layer_bytes(home)
    heading = True
    for line in prune_images(home, _chosen(home, asked), warn, everything=everything):
        if heading:
            say("Deleted Images:")
            heading = False
        say(line[0].lower() + line[1:])
    if not heading:
        say()
    return before - layer_bytes(home)


def _chosen(home: "Home", asked: "Filters") -> "Callable[[Image], bool]":
    limits = [moment(text) for text in asked.get("until", ())]

    def chosen(image: "Image") -> bool:
        if not all(seconds_of(image.created) < limit for limit in limits):
            return False
        if not (asked.get("label") or asked.get("label!")):
            return True
        labels = (image_config(home, image).get("config") or {}).get("Labels") or {}
        return has_labels(labels, asked.get("label", ())) and lacks_labels(labels, asked.get("label!", ()))

    return chosen
