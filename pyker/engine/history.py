"""`history`: how an image came to be, step by step, as its config tells it."""

from pyker.base.home import Home
from pyker.base.value import Value
from pyker.engine.image_lookup import find_image, image_config
from pyker.image.config import read_history
from pyker.layers.store import find_layer


class Step(Value):
    """One step: what made it, and the bytes of files it added (0 for one without a layer)."""

    created: str  # RFC 3339, "" when the image does not say
    created_by: str
    comment: str
    size: int


def history(home: Home, text: str) -> "tuple[str, list[Step]]":
    """The id of image *text*, and its steps, the newest first.

    A layer that no step of the history accounts for is a step of its own. Raises NotFoundError.
    """
    image = find_image(home, text)
    sizes = [layer.size if (layer := find_layer(home, chain)) else 0 for chain in image.chain]
    steps = []
    for entry in read_history(image_config(home, image)):
        size = 0 if entry.empty or not sizes else sizes.pop(0)
        steps.append(Step(entry.created, entry.created_by, entry.comment, size))
    steps += [Step("", "", "", size) for size in sizes]
    return image.id, steps[::-1]
