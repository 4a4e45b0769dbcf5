"""`image diff`: what two images, or two layers, do not have in common."""

import os

from pyker.base.errors import CorruptError, NotFoundError
from pyker.base.home import claim_home
from pyker.base.locks import Lock
from pyker.engine.image_lookup import find_image, layer_directories
from pyker.layers.stacks import stack_differences
from pyker.layers.store import all_layers, find_layer
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyker.base.home import Home
    from pyker.layers.stacks import Difference

_LEAST = 4  # digits that may stand for a layer


def image_diff(home: "Home", words: "Sequence[str]", warn: "Callable[[str], None]") -> "list[Difference]":
    """What the second of *words*, each an image or the id of a layer, has other than the first.

    With one word: what its top layer changed of those below. Raises NotFoundError, or CorruptError when a
    layer is lost.
    """
    reenter(home, warn)
    claim_home(home)
    # While layers may be added none is removed: others need not wait for us.
    with Lock(home.below("content.lock"), shared=True):
        chains = [_chain(home, word) for word in words]
        old, new = (chains[0][:-1], chains[0]) if len(chains) == 1 else chains
        for identity in {*old, *new}:
            if not os.path.isdir(home.below("layers", identity, "diff")):
                raise CorruptError(f"layer {identity} is lost", hint="pull or load its image again")
        return stack_differences(layer_directories(home, old), layer_directories(home, new))


def _chain(home: "Home", word: str) -> "list[str]":
    """The layers of the image *word*, lowest first, or the layer that *word* begins, upon all below it."""
    try:
        return list(find_image(home, word).chain)
    except NotFoundError:
        digits = word.removeprefix("sha256:")
        found = [name for name in all_layers(home) if name.startswith(digits)]
        if len(found) != 1 or len(digits) < _LEAST:
            raise
        return _upon(home, found[0])


def _upon(home: "Home", identity: str) -> "list[str]":
    chain = [identity]
    while (layer := find_layer(home, chain[0])) and layer.parent:
        chain.insert(0, layer.parent)
    return chain
