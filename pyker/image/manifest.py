"""Manifests and indexes (OCI image-spec, and Docker's older spellings of both)."""

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, NotFoundError, UnsupportedError
from pyker.base.value import Value
from pyker.model.digest import Descriptor, read_descriptor
from pyker.model.platform import Platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
ACCEPTED = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
_CONFIGS = (OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream", "")
_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1"


class Manifest(Value):
    """One image: its config and its layers, lowest first."""

    config: Descriptor
    layers: "tuple[Descriptor, ...]"


class Choice(Value):
    """One image of an index: its descriptor and what the index says of it."""

    descriptor: Descriptor
    platform: "dict[str, Any] | None"
    annotations: "dict[str, str]"


def read_manifest(data: bytes, media_type: str = "") -> "Manifest | tuple[Choice, ...]":
    """What *data* says: one image, or an index of several.

    Raises CorruptError, or UnsupportedError for the format of 2014.
    """
    try:
        document = jsonfile.loads(data)
    except ValueError as error:
        raise CorruptError(f"invalid manifest: {error}") from error
    if not isinstance(document, dict):
        raise CorruptError("invalid manifest: not an object")
    kind = str(document.get("mediaType") or media_type.partition(";")[0])
    if document.get("schemaVersion") == 1 or kind.startswith(_SCHEMA_1):
        raise UnsupportedError(
            "image manifest schema version 1 is not supported", hint="push it again with a current tool"
        )
    if document.get("schemaVersion") != 2:
        raise CorruptError(f"invalid manifest: schemaVersion {str(document.get('schemaVersion'))[:20]!r}")
    is_index, is_image = isinstance(document.get("manifests"), list), isinstance(document.get("layers"), list)
    if is_index == is_image:  # both at once is how CVE-2021-41190 confused clients
        raise CorruptError("invalid manifest: it must have either layers or manifests")
    return tuple(map(_choice, document["manifests"])) if is_index else _image(document)


def _image(document: "dict[str, Any]") -> Manifest:
    config = read_descriptor(document.get("config"))
    if config.media_type not in _CONFIGS:
        raise UnsupportedError(f"not a container image: its config is of type {config.media_type[:100]!r}")
    return Manifest(config, tuple(read_descriptor(layer) for layer in document["layers"]))


def _choice(document: object) -> Choice:
    descriptor = read_descriptor(document)
    if not isinstance(document, dict):
        raise CorruptError("invalid manifest: an entry is not an object")
    platform, annotations = document.get("platform"), document.get("annotations") or {}
    if not isinstance(platform or {}, dict) or not isinstance(annotations, dict):
        raise CorruptError("invalid manifest: platform or annotations of an image")
    return Choice(descriptor, platform, {str(key): str(value) for key, value in annotations.items()})


def is_attestation(choice: Choice) -> bool:
    """Whether this is BuildKit's paper about an image, not an image."""
    platform = choice.platform or {}
    return "vnd.docker.reference.type" in choice.annotations or platform.get("os") == "unknown"


def choose(choices: "tuple[Choice, ...]", platform: Platform) -> Choice:
    """The image for *platform*: the same variant first. NotFoundError when the index has none."""
    images = [choice for choice in choices if not is_attestation(choice)]
    fitting = [choice for choice in images if choice.platform is None or platform.accepts(choice.platform)]
    if not fitting:
        has = ", ".join(sorted({_spelled(choice.platform or {}) for choice in images})[:20])
        raise NotFoundError(
            f"no matching manifest for {platform} in the manifest list entries",
            hint=f"it has {has or 'none at all'}",
        )
    variants = [((choice.platform or {}).get("variant") or "") for choice in fitting]
    exact = [choice for choice, variant in zip(fitting, variants) if variant == platform.variant]
    return (exact or fitting)[0]


def _spelled(platform: "dict[str, Any]") -> str:
    return "/".join(str(platform[key]) for key in ("os", "architecture", "variant") if platform.get(key))


def make_manifest(config: Descriptor, layers: "list[Descriptor]") -> bytes:
    """The OCI manifest of an image that came without one; equal images give equal bytes."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.document(),
        "layers": [layer.document() for layer in layers],
    }
    return jsonfile.dumps(document, canonical=True).encode()


def layer_type(compression: str) -> str:
    """The media type of a layer compressed by *compression* ("", gzip, zstd)."""
    return f"{OCI_LAYER}+{compression}" if compression else OCI_LAYER
