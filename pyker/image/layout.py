"""Images as a layout of named documents and blobs: what `save` writes.

One layout serves every reader: that of the OCI image-spec (image-layout.md), and beside it the
`manifest.json` that `docker load` looks for. The blobs are those of the store, byte for byte.
"""

from pyker.base import jsonfile
from pyker.image.manifest import OCI_INDEX
from pyker.model.reference import split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pyker.model.digest import Descriptor
    from pyker.model.image import Image

LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
MAGIC = b"Directory Transport Version: 1.1\n"  # what skopeo's dir: begins with


def blob_member(digest: str) -> str:
    """Where blob *digest* lies in a layout."""
    return f"blobs/sha256/{digest[7:]}"


def oci_index(images: "Sequence[tuple[Image, Descriptor]]") -> bytes:
    """index.json: the manifest of each image, once for each of its names."""
    entries = [_entry(descriptor, name) for image, descriptor in images for name in image.names or ("",)]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return jsonfile.dumps(document, canonical=True).encode()


def _entry(descriptor: "Descriptor", name: str) -> "dict[str, Any]":
    entry: dict[str, Any] = descriptor.document()
    if name:
        entry["annotations"] = {
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": split_canonical(name).tag,
        }
    return entry


def docker_manifest(images: "Sequence[Image]") -> bytes:
    """manifest.json: config, names and layers of each image, by member."""
    entries = [
        {
            "Config": blob_member(image.id),
            "RepoTags": [split_canonical(name).familiar for name in image.names] or None,
            "Layers": [blob_member(digest) for digest in image.blobs[: len(image.chain)]],
        }
        for image in images
    ]
    return jsonfile.dumps(entries, canonical=True).encode()
