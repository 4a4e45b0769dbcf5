"""`push`: an image to a registry, its blobs in parallel, byte for byte as they came.

A layer that came unpacked (from `import`, or an archive of `docker save`) is compressed on the way, as
Docker and Podman do; image id and layers stay the same, the manifest then is another.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from pyker.base import jsonfile
from pyker.base.compression import GZIP, packed
from pyker.base.errors import CorruptError, InvalidError, NotFoundError
from pyker.base.home import Home, claim_home
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.engine.collect import staging_parent
from pyker.engine.events import record
from pyker.engine.load import read_chunks
from pyker.image import blobs, index
from pyker.image.blobs import BlobWriter
from pyker.image.manifest import OCI_CONFIG, OCI_MANIFEST, Manifest, layer_type, make_manifest, read_manifest
from pyker.image.registry import Repository, Wishes, repositories
from pyker.image.upload import send_blob, send_manifest
from pyker.kernel.staging import Staging
from pyker.layers.store import find_layer
from pyker.model.digest import Descriptor
from pyker.model.image import Image
from pyker.model.reference import Reference, parse_reference, split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Report = Callable[[str], None]

AT_ONCE = 5  # blobs, as Docker's max-concurrent-uploads


class Pushed(Value):
    """What stands in the registry now."""

    digest: str  # of the manifest
    size: int  # of the manifest, in bytes


def push(home: Home, text: str, *, wishes: Wishes, report: "Report") -> Pushed:
    """Send the image named *text* to the registry of that name; Docker's plain lines go to *report*.

    Raises NotFoundError (no image of that name), DeniedError or NetworkError.
    """
    reference = parse_reference(text)
    if reference.digest:
        raise InvalidError("cannot push a digest reference", hint="push a tag")
    claim_home(home)
    with Lock(home.below("content.lock"), shared=True), Staging(staging_parent(home)) as staging:
        image = _named(home, reference)
        others = _elsewhere(image, reference)
        repository = repositories(home, reference, wishes, actions="pull,push", more=others)[-1]
        report(f"The push refers to repository [{reference.name}]")
        data, kind = _Blobs(home, repository, staging, report, others).send(image)
        send_manifest(repository, data, kind, reference.tag)
        pushed = Pushed(blobs.digest_of(data), len(data))
        _remember(home, image, reference, pushed.digest)
    record(home, "image", "push", reference.familiar, name=reference.familiar_name)
    report(f"{reference.tag}: digest: {pushed.digest} size: {pushed.size}")
    return pushed


def tags_of(home: Home, text: str) -> "list[str]":
    """Every name in the repository *text*; NotFoundError when there is none."""
    wanted = parse_reference(text).name
    names = [split_canonical(name) for name in index.Index(home).names]
    found = sorted(name.familiar for name in names if name.name == wanted)
    if not found:
        raise NotFoundError(f"An image does not exist locally with the tag: {text}", hint="pyker images")
    return found


def _named(home: Home, reference: Reference) -> Image:
    """The image with that very name: an id that looks alike is not pushed."""
    known = index.Index(home)
    image = known.image(known.names.get(reference.canonical, ""))
    if image is None:
        raise NotFoundError(
            f"An image does not exist locally with the tag: {reference.familiar_name}",
            hint=f"give an image that name: pyker tag IMAGE {reference.familiar}",
        )
    return image


def _elsewhere(image: Image, reference: Reference) -> "tuple[str, ...]":
    """The other repositories of the same registry that are known to have this image's blobs."""
    known = [split_canonical(name) for name in image.repo_digests]
    paths = {other.path for other in known if other.domain == reference.domain}
    return tuple(sorted(paths - {reference.path}))


def _remember(home: Home, image: Image, reference: Reference, digest: str) -> None:
    with index.lock(home):
        known = index.Index(home)
        if current := known.image(image.id):
            known.put(current.replace(repo_digests=(f"{reference.name}@{digest}",)))
            known.save()


class _Blobs:
    """The blobs of one image on their way to a registry."""

    def __init__(
        self,
        home: Home,
        repository: Repository,
        staging: Staging,
        report: "Report",
        others: "tuple[str, ...]",
    ) -> None:
        self._home = home
        self._repository = repository
        self._staging = staging
        self._report = report
        self._others = others
        self._lock = threading.Lock()

    def send(self, image: Image) -> "tuple[bytes, str]":
        """Send every blob of *image*; the manifest that describes them, and its media type."""
        data = self._document(image.manifest)
        manifest = read_manifest(data)
        if not isinstance(manifest, Manifest):
            raise CorruptError(f"manifest {image.manifest} is an index", hint="pull the image again")
        ids = [self._id(chain) for chain in image.chain]
        for identity in reversed(ids):
            self._say(identity, "Preparing")
        with ThreadPoolExecutor(AT_ONCE) as workers:
            config = workers.submit(self._send_config, manifest.config)
            layers = list(workers.map(self._send_layer, range(len(ids)), ids, manifest.layers))
            config.result()
        if layers == list(manifest.layers):
            return data, jsonfile.loads(data).get("mediaType", OCI_MANIFEST)
        described = Descriptor(OCI_CONFIG, manifest.config.digest, manifest.config.size)
        return make_manifest(described, layers), OCI_MANIFEST

    def _id(self, chain: str) -> str:
        layer = find_layer(self._home, chain)
        if layer is None:
            raise CorruptError(f"layer {chain[:12]} is missing from the store", hint="pull the image again")
        return layer.diff_id[7:19]

    def _document(self, digest: str) -> bytes:
        with open(self._path(digest), "rb") as file:
            return file.read()

    def _path(self, digest: str) -> str:
        path = blobs.path_of(self._home, digest)
        if not os.path.exists(path):
            raise CorruptError(
                f"blob {digest} is missing from the store", hint="load or pull the image again"
            )
        return path

    def _say(self, identity: str, words: str) -> None:
        with self._lock:
            self._report(f"{identity}: {words}")

    def _send_config(self, descriptor: Descriptor) -> None:
        send_blob(self._repository, descriptor, self._path(descriptor.digest))

    def _send_layer(self, at: int, identity: str, descriptor: Descriptor) -> Descriptor:
        path = self._path(descriptor.digest)
        if descriptor.media_type.endswith(".tar"):
            descriptor, path = _compressed(path, self._staging, f"layer{at}")
        self._say(identity, send_blob(self._repository, descriptor, path, self._others))
        return descriptor


def _compressed(source: str, staging: Staging, name: str) -> "tuple[Descriptor, str]":
    """The plain layer *source* compressed into the staged file *name*."""
    writer = BlobWriter(staging, name)
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        for chunk in packed(read_chunks(descriptor)):
            writer.write(chunk)
    finally:
        os.close(descriptor)
        writer.close()
    return Descriptor(layer_type(GZIP), writer.digest(), writer.size), writer.path
