"""`image prune`: images that nobody needs go, or the compressed blobs that only `push` and `save` need."""

import os

from pyker.base.errors import ConflictError, NotFoundError
from pyker.base.home import Home
from pyker.engine import partial
from pyker.engine.collect import collect, hold_content
from pyker.engine.image_lookup import all_images
from pyker.engine.remove_image import remove_image
from pyker.image import blobs, index
from pyker.layers.store import find_layer
from pyker.model.image import Image
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def prune_images(
    home: Home, chosen: "Callable[[Image], bool]", warn: "Callable[[str], None]", *, everything: bool = False
) -> "Iterator[str]":
    """Remove the images without a name, with *everything* also those with one, that are *chosen*.

    Gives `rmi`'s lines. An image that a container was made from stays.
    """
    reenter(home, warn)
    for image in all_images(home):
        if (image.names and not everything) or not chosen(image):
            continue
        try:
            yield from remove_image(home, image.id)
        except (ConflictError, NotFoundError):
            continue
    collect(home)
    partial.forget(home)


def layer_bytes(home: Home) -> int:
    """The bytes of all layers that images have, shared ones counted once."""
    chains = {chain for image in all_images(home) for chain in image.chain}
    return sum(layer.size for chain in chains if (layer := find_layer(home, chain)))


def drop_blobs(home: Home) -> int:
    """Remove the layers as they were transferred; the bytes that were freed.

    Containers run as before; who pushes or saves such an image must pull it again. Raises ConflictError
    while another command adds images.
    """
    reenter(home, lambda _: None)
    content = hold_content(home)
    if content < 0:
        raise ConflictError("another command adds images just now", hint="try again when it is done")
    try:
        with index.lock(home):
            images = index.Index(home).all()
        layers = {digest for image in images for digest in image.blobs[: len(image.chain)]}
        return sum(_drop(blobs.path_of(home, digest)) for digest in layers)
    finally:
        os.close(content)


def _drop(path: str) -> int:
    try:
        size = os.stat(path).st_size
        os.unlink(path)
    except FileNotFoundError:
        return 0
    return size
