"""`system df`: what images, containers and volumes take on the disk; what images share counts once."""

from pyker.base.home import Home
from pyker.base.value import Value
from pyker.engine.containers import all_containers
from pyker.engine.image_lookup import all_images
from pyker.engine.size import tree_size
from pyker.layers.store import find_layer
from pyker.model.image import Image
from pyker.mount.volume_store import Volume, list_volumes
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.model.container import Container


class ImageUse(Value):
    """An image: bytes it shares with others, bytes that are its own, containers made from it."""

    image: Image
    shared: int
    unique: int
    containers: int


class ContainerUse(Value):
    """A container and the bytes it has written."""

    container: "Container"
    size: int


class VolumeUse(Value):
    """A volume, its bytes, and how many containers have it mounted."""

    volume: Volume
    size: int
    links: int


class Usage(Value):
    """Everything in the store, and the bytes of all layers and of those that no container needs."""

    images: "tuple[ImageUse, ...]"
    containers: "tuple[ContainerUse, ...]"
    volumes: "tuple[VolumeUse, ...]"
    layers: int
    idle_layers: int


def usage(home: Home, warn: "Callable[[str], None]") -> Usage:
    """Look at everything in the store; sizes are bytes of files, links counted once."""
    reenter(home, warn)
    containers = all_containers(home)
    images = all_images(home)
    sizes = _layer_sizes(home, images, containers)
    needed = {chain for container in containers for chain in container.config["chain"]}
    return Usage(
        tuple(_image_use(image, images, containers, sizes) for image in images),
        tuple(ContainerUse(one, tree_size(f"{one.path}/upper")) for one in containers),
        tuple(_volume_use(volume, containers) for volume in list_volumes(home)),
        sum(sizes.values()),
        sum(size for chain, size in sizes.items() if chain not in needed),
    )


def _layer_sizes(home: Home, images: "list[Image]", containers: "list[Container]") -> "dict[str, int]":
    """The bytes of each layer, by chain id: those of images, and of images removed under a container."""
    chains = {chain for image in images for chain in image.chain}
    chains |= {chain for container in containers for chain in container.config["chain"]}
    return {chain: layer.size for chain in chains if (layer := find_layer(home, chain))}


def _image_use(
    image: Image, images: "list[Image]", containers: "list[Container]", sizes: "dict[str, int]"
) -> ImageUse:
    others = {chain for other in images if other.id != image.id for chain in other.chain}
    shared = sum(sizes.get(chain, 0) for chain in image.chain if chain in others)
    users = sum(container.image_id == image.id for container in containers)
    return ImageUse(image, shared, image.size - shared, users)


def _volume_use(volume: Volume, containers: "list[Container]") -> VolumeUse:
    links = sum(
        any(mount.get("Name") == volume.name for mount in container.config.get("mounts") or ())
        for container in containers
    )
    return VolumeUse(volume, tree_size(volume.data), links)
