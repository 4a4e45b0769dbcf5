"""Bringing images into the store: what load, import and pull have in common.

While anything is added, the shared hold on `content.lock` keeps `collect` from removing blobs and
layers that the index does not know yet. What a dead command left is swept by the next one.
"""

import os

from pyker.base.errors import CorruptError
from pyker.base.home import Home, claim_home
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.engine.collect import collect, staging_parent
from pyker.engine.image_lookup import layer_directories
from pyker.engine.partial import sweep_staging
from pyker.image import blobs, index
from pyker.image.blobs import BlobWriter, SpooledBlob
from pyker.image.config import ConfigFacts
from pyker.image.manifest import OCI_CONFIG, layer_type, make_manifest
from pyker.kernel.staging import Staging
from pyker.layers import store
from pyker.layers.store import DIFF, Layer
from pyker.layers.unpack import Unpacked, unpack
from pyker.model.digest import Descriptor
from pyker.model.image import Image
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self

    Report = Callable[[str], None]


class Adding:
    """The right to add to the store, in a `with`: sweeps up first, collects garbage at the end."""

    def __init__(self, home: Home, warn: "Report", *, collect_on_failure: bool = True) -> None:
        self._home = home
        self._warn = warn
        self._lock = Lock(home.below("content.lock"), shared=True)
        self._collect_on_failure = collect_on_failure

    def __enter__(self) -> "Self":
        reenter(self._home, self._warn)
        claim_home(self._home)
        blobs.prepare(self._home)
        self._lock.__enter__()
        sweep_staging(self._home, staging_parent(self._home))
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        self._lock.__exit__(kind, error, trace)
        if kind is None or self._collect_on_failure:
            collect(self._home)


class StagedLayer(Value):
    """A layer unpacked aside, its digests known, not yet in the store."""

    staging: Staging
    blob: BlobWriter
    unpacked: Unpacked


def stage_layer(home: Home, staging: Staging, source: "Iterable[bytes]", *, diff_id: str = "") -> StagedLayer:
    """Unpack *source* into *staging*; CorruptError when it is not the layer *diff_id*."""
    return _stage(home, staging, source, BlobWriter(staging), diff_id)


def _stage(
    home: Home, staging: Staging, source: "Iterable[bytes]", writer: BlobWriter, diff_id: str = ""
) -> StagedLayer:
    os.mkdir(staging.below(DIFF), 0o700)
    root = os.open(staging.below(DIFF), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unpacked = unpack(source, writer, root, lenient=home.rootless)
    finally:
        writer.close()
        os.close(root)
    if diff_id and unpacked.diff_id != diff_id:
        raise CorruptError(
            f"layer mismatch: its content is {unpacked.diff_id}, the image says {diff_id}",
            hint="the image is damaged or has been tampered with",
        )
    return StagedLayer(staging, writer, unpacked)


def adopt_layer(home: Home, staged: StagedLayer, below: "list[str]") -> Layer:
    """Move *staged* into the store upon the layers *below* (chain ids, lowest first)."""
    lowers = layer_directories(home, below)
    unpacked, writer = staged.unpacked, staged.blob
    store.complete(staged.staging.below(DIFF), unpacked.implied, lowers, lenient=home.rootless)
    parent = below[-1] if below else ""
    layer = Layer(unpacked.diff_id, parent, unpacked.size, writer.digest(), writer.size, unpacked.compression)
    store.adopt(home, staged.staging, store.chain_id(parent, unpacked.diff_id), layer)
    writer.store(home)
    return layer


def add_layer(
    home: Home, source: "Iterable[bytes]", below: "list[str]", *, diff_id: str = "", blob: str = ""
) -> Layer:
    """Unpack one layer upon those *below* and store it; CorruptError unless it is *diff_id* and *blob*."""
    with Staging(staging_parent(home)) as staging:
        staged = stage_layer(home, staging, source, diff_id=diff_id)
        if blob:
            staged.blob.check(blob)
        return adopt_layer(home, staged, below)


def pack_layer(home: Home, pack: "Callable[[int], None]", below: "list[str]") -> Layer:
    """The layer that *pack* writes to a descriptor, plain, unpacked upon those *below* and stored."""
    with Staging(staging_parent(home)) as staging:
        spool = SpooledBlob(staging, pack)
        return adopt_layer(home, _stage(home, staging, spool.chunks(), spool), below)


def have_layer(home: Home, chain: str) -> "Layer | None":
    """Layer *chain* when both its directory and its blob are here."""
    layer = store.find_layer(home, chain)
    return layer if layer and os.path.exists(blobs.path_of(home, layer.blob)) else None


def manifest_for(config: bytes, layers: "list[Layer]") -> bytes:
    """A manifest for an image that came without one."""
    described = [Descriptor(layer_type(layer.compression), layer.blob, layer.blob_size) for layer in layers]
    return make_manifest(Descriptor(OCI_CONFIG, blobs.digest_of(config), len(config)), described)


class Arrived(Value):
    """An image all of whose layers are in the store."""

    config: bytes
    facts: ConfigFacts
    layers: "tuple[Layer, ...]"
    manifest: bytes = b""  # as it came, or one is made
    names: "tuple[str, ...]" = ()
    repo_digests: "tuple[str, ...]" = ()
    more_blobs: "tuple[str, ...]" = ()  # an index that led here


def register(home: Home, arrived: Arrived, report: "Report | None" = None) -> Image:
    """Store config and manifest, then enter the image and its names into the index: now it exists."""
    manifest = arrived.manifest or manifest_for(arrived.config, list(arrived.layers))
    facts = arrived.facts
    image = Image(
        id=blobs.put(home, arrived.config),
        manifest=blobs.put(home, manifest),
        names=arrived.names,
        repo_digests=arrived.repo_digests,
        created=facts.created,
        size=sum(layer.size for layer in arrived.layers),
        chain=tuple(store.chain_ids(facts.diff_ids)),
        architecture=facts.architecture,
        os=facts.os,
        variant=facts.variant,
        blobs=(*(layer.blob for layer in arrived.layers), *arrived.more_blobs),
    )
    with index.lock(home):
        known = index.Index(home)
        _tell_of_moved(known, image, report)
        known.put(image)
        known.save()
    return image


def _tell_of_moved(known: index.Index, image: Image, report: "Report | None") -> None:
    for name in image.names:
        old = known.names.get(name, image.id)
        if report and old != image.id:
            short = name.removeprefix("docker.io/library/").removeprefix("docker.io/")
            report(f"The image {short} already exists, renaming the old one with ID {old} to empty string")
