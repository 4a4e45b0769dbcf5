"""`image tree`: the layers of images, each upon the one below it, and who shares what."""

from pyker.base.home import Home
from pyker.base.value import Value
from pyker.engine.image_lookup import all_images, find_image, image_config
from pyker.image.config import read_history
from pyker.layers.store import find_layer
from pyker.model.image import Image
from pyker.model.reference import split_canonical


class Line(Value):
    """One layer: its id and size, what made it, the images whose top it is, and its place in the picture."""

    chain: str
    size: int  # bytes of its files
    made_by: str
    images: "tuple[str, ...]"  # familiar names, short ids of those without
    forks: "tuple[bool, ...]"  # for each fork on the way to it: whether it went the last way
    begins: bool  # whether it is the first layer of the way it went at the last fork
    lowest: bool


def layer_tree(home: Home, text: str = "", *, everything: bool = False) -> "list[Line]":
    """The layers of image *text*, or of all images, from the lowest up; at a fork the largest first.

    With *everything*, also the layers of other images upon those of *text*. Raises NotFoundError.
    """
    images = all_images(home)
    if text and not everything:
        images = [find_image(home, text)]
    elif text:
        base = find_image(home, text)
        images = [image for image in images if image.chain[: len(base.chain)] == base.chain]
    return _Forest(home, images).lines()


class _Forest:
    """What is known of every layer of some images."""

    def __init__(self, home: Home, images: "list[Image]") -> None:
        self._home = home
        self._made_by: "dict[str, str]" = {}
        self._tops: "dict[str, list[str]]" = {}
        self._upon: "dict[str, set[str]]" = {}
        for image in images:
            self._add(image)

    def _add(self, image: Image) -> None:
        steps = [step.created_by for step in read_history(image_config(self._home, image)) if not step.empty]
        for parent, chain in zip(("", *image.chain), image.chain):
            self._upon.setdefault(parent, set()).add(chain)
        self._made_by.update(zip(image.chain, steps))
        names = [split_canonical(name).familiar for name in image.names] or [image.short_id]
        top = image.chain[-1] if image.chain else ""
        self._tops.setdefault(top, []).extend(names)

    def lines(self) -> "list[Line]":
        """Every layer, each after the one it stands on; images may be hundreds of layers deep."""
        found: "list[Line]" = []
        pending: "list[tuple[str, tuple[bool, ...], bool, bool]]" = [
            (chain, (), False, True) for chain in reversed(self._sorted(""))
        ]
        while pending:
            chain, forks, begins, lowest = pending.pop()
            found.append(self._line(chain, forks, begins=begins, lowest=lowest))
            above = self._sorted(chain)
            if len(above) == 1:
                pending.append((above[0], forks, False, False))
                continue
            for one in reversed(above):
                pending.append((one, (*forks, one == above[-1]), True, False))
        return found

    def _sorted(self, parent: str) -> "list[str]":
        return sorted(self._upon.get(parent, ()), key=lambda chain: (-self._size(chain), chain))

    def _size(self, chain: str) -> int:
        layer = find_layer(self._home, chain)
        return layer.size if layer else 0

    def _line(self, chain: str, forks: "tuple[bool, ...]", *, begins: bool, lowest: bool) -> Line:
        images = tuple(sorted(self._tops.get(chain, ())))
        return Line(chain, self._size(chain), self._made_by.get(chain, ""), images, forks, begins, lowest)
