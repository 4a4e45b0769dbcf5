"""`save`: images into one archive, their blobs byte for byte as they are in the store."""

import os

from pyker.base.errors import CorruptError, InvalidError
from pyker.base.home import Home, claim_home
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.engine.events import record
from pyker.engine.image_lookup import find_in
from pyker.image import blobs, index
from pyker.image.layout import LAYOUT, MAGIC, blob_member, docker_manifest, oci_index
from pyker.image.manifest import OCI_MANIFEST
from pyker.image.sink import Sink
from pyker.model.digest import Descriptor
from pyker.model.image import Image
from pyker.model.reference import parse_reference, parse_repository, split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ARCHIVES = ("docker-archive", "oci-archive")
DIRECTORIES = ("oci-dir", "docker-dir")
FORMATS = (*ARCHIVES, *DIRECTORIES)


class Chosen(Value):
    """An image to be saved, under the names that were asked for."""

    image: Image
    descriptor: Descriptor  # of its manifest


def save(home: Home, words: "Sequence[str]", sink: Sink, format: str = "docker-archive") -> None:
    """Write the images *words* to *sink* as *format*: a name saves that name, a repository all its tags.

    docker-archive is an OCI layout as well. Raises NotFoundError before anything is written, CorruptError
    when a blob is missing.
    """
    if format not in FORMATS:
        raise InvalidError(f"unknown format {format!r}", hint=f"one of {', '.join(FORMATS)}")
    claim_home(home)
    with Lock(home.below("content.lock"), shared=True):  # nothing is collected meanwhile
        chosen = _chosen(home, words)
        if format == "docker-dir":
            _write_directory(home, chosen, sink)
        else:
            _write_layout(home, chosen, sink, docker=format == "docker-archive")
    for one in chosen:
        names = [split_canonical(name).familiar for name in one.image.names]
        record(home, "image", "save", one.image.id, name=", ".join(names) or one.image.id)


def _chosen(home: Home, words: "Sequence[str]") -> "list[Chosen]":
    """The images *words* mean, each once, with the names it is to have in the archive."""
    known = index.Index(home)
    found: "dict[str, Image]" = {}
    for word in words:
        for image, name in _meant(known, word):
            before = found[image.id].names if image.id in found else ()
            found[image.id] = image.replace(names=tuple(dict.fromkeys((*before, *name))))
    return [Chosen(image, _manifest(home, image)) for image in found.values()]


def _meant(known: index.Index, word: str) -> "Iterator[tuple[Image, tuple[str, ...]]]":
    """What one word means: an image under a name, under none (ids, digests), or a repository's tags."""
    repository = _repository(word)
    tags = sorted(name for name in known.names if repository and name.startswith(f"{repository}:"))
    for name in tags:
        yield find_in(known, name), (name,)
    if not tags:
        image = find_in(known, word)
        yield image, tuple(name for name in image.names if name == _tagged(word))


def _repository(word: str) -> str:
    """The repository that *word* names without tag or digest, "" when it is something else."""
    try:
        reference = parse_repository(word)
    except InvalidError:
        return ""
    return "" if reference.tag or reference.digest else reference.name


def _tagged(word: str) -> str:
    try:
        return parse_reference(word).canonical
    except InvalidError:
        return ""


def _manifest(home: Home, image: Image) -> Descriptor:
    document = blobs.read_document(home, image.manifest)
    size = os.stat(blobs.path_of(home, image.manifest)).st_size
    return Descriptor(document.get("mediaType", OCI_MANIFEST), image.manifest, size)


def _contents(image: Image) -> "tuple[str, ...]":
    """The digests of an image's blobs; an index that led to it is not among them."""
    return (image.manifest, image.id, *image.blobs[: len(image.chain)])


def _write_layout(home: Home, chosen: "list[Chosen]", sink: Sink, *, docker: bool) -> None:
    for digest in dict.fromkeys(digest for one in chosen for digest in _contents(one.image)):
        sink.blob(blob_member(digest), _path(home, digest))
    sink.document("index.json", oci_index([(one.image, one.descriptor) for one in chosen]))
    sink.document("oci-layout", LAYOUT)
    if docker:
        sink.document("manifest.json", docker_manifest([one.image for one in chosen]))


def _write_directory(home: Home, chosen: "list[Chosen]", sink: Sink) -> None:
    """One image as skopeo keeps it in dir:, its manifest by that name and every blob by its digits."""
    if len(chosen) != 1:
        raise InvalidError("docker-dir holds one image", hint="save several as docker-archive")
    manifest, *rest = _contents(chosen[0].image)
    for digest in dict.fromkeys(rest):
        sink.blob(digest[7:], _path(home, digest))
    sink.blob("manifest.json", _path(home, manifest))
    sink.document("version", MAGIC)


def _path(home: Home, digest: str) -> str:
    path = blobs.path_of(home, digest)
    if not os.path.exists(path):
        raise CorruptError(f"blob {digest} is missing from the store", hint="load or pull the image again")
    return path
