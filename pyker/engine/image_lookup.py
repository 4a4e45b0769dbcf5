"""Which image a person means, and what a container needs of it.

On the path of `run`: imports little, reads one file.
"""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.home import Home
from pyker.base.ids import is_hex
from pyker.image import blobs, index
from pyker.model.image import Image as Image
from pyker.model.reference import is_digest, parse_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pyker.base.locks import Lock


def hold_images(home: Home) -> "Lock":
    """Keep every image from being removed, in a `with`: while a container that uses one is written down."""
    return index.lock(home, shared=True)


def find_image(home: Home, text: str) -> Image:
    """The image named by *text*: a reference, a digest, an id or the beginning of one.

    A name wins over the beginning of an id. Raises NotFoundError "No such image: …".
    """
    return find_in(index.Index(home), text)


def find_in(known: index.Index, text: str) -> Image:
    """As *find_image*, in an index read already."""
    image = _by_full_id(known, text) or _by_name(known, text) or _by_prefix(known, text)
    if image is None:
        shown = text if is_digest(text) or ":" in text.rpartition("/")[2] else f"{text}:latest"
        raise NotFoundError(f"No such image: {shown}", hint="see what is here: pyker images")
    return image


def image_by_id(home: Home, identity: str) -> "Image | None":
    """The image `sha256:<hex>`, also one whose names and listing were removed by force under a container."""
    return index.Index(home).image(identity, orphan=True)


def _by_full_id(known: index.Index, text: str) -> "Image | None":
    digits = text.removeprefix("sha256:")
    return known.image(f"sha256:{digits}") if len(digits) == 64 and is_hex(digits) else None


def _by_name(known: index.Index, text: str) -> "Image | None":
    try:
        reference = parse_reference(text)
    except InvalidError:
        return None
    if not reference.digest:
        return known.image(known.names.get(reference.canonical, ""))
    wanted = f"{reference.name}@{reference.digest}"
    for image in known.all():
        if wanted in image.repo_digests:
            return image
    return None


def _by_prefix(known: index.Index, text: str) -> "Image | None":
    digits = text.removeprefix("sha256:")
    if not is_hex(digits) or len(digits) > 64:
        return None
    found = [identity for identity in known.ids() if identity.startswith(digits, 7)]
    if len(found) > 1:
        raise InvalidError(
            f"image id {text!r} is ambiguous: {len(found)} images begin so", hint="give more of it"
        )
    return known.image(found[0]) if found else None


def all_images(home: Home) -> "list[Image]":
    """Every image in the store, in no order."""
    return index.Index(home).all()


def image_config(home: Home, image: Image) -> "dict[str, Any]":
    """The OCI config of *image*."""
    document: "dict[str, Any]" = blobs.read_document(home, image.id)
    return document


def layer_directories(home: Home, chain: "Sequence[str]") -> "list[str]":
    """The directories of the layers *chain* (lowest first), topmost first as overlayfs wants them."""
    return [home.below("layers", identity, "diff") for identity in reversed(chain)]


def directories_below(home: Home, config: "dict[str, Any]") -> "list[str]":
    """The directories that a container of *config* has below its own, topmost first."""
    if rootfs := config.get("rootfs"):
        return [rootfs["path"]] if rootfs["overlay"] else []
    return layer_directories(home, config["chain"])


def lower_directories(home: Home, image: Image) -> "list[str]":
    """The directories to stack for *image*, topmost first."""
    return layer_directories(home, image.chain)
