"""`load`: the images of an archive into the store."""

import os

from pyker.base.compression import PLAIN, kind_of, peek, unpacked
from pyker.base.errors import CorruptError
from pyker.base.home import Home
from pyker.base.jsonfile import write_all
from pyker.engine.collect import staging_parent
from pyker.engine.events import record
from pyker.engine.ingest import Adding, Arrived, add_layer, have_layer, register
from pyker.image.archive import Archive, ArchivedImage, images_in
from pyker.image.config import read_config
from pyker.kernel.staging import Staging
from pyker.layers.store import Layer, chain_ids
from pyker.layers.unpack import layer_bound
from pyker.model.image import Image
from pyker.model.platform import parse_platform
from pyker.model.reference import split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Report = Callable[[str], None]

_CHUNK = 1 << 20


def load(home: Home, source: "str | int", *, report: "Report", platform: str = "") -> "list[str]":
    """Load every image of the archive *source*, a path or an open descriptor (a pipe will do).

    Gives the names of the images, or the ids of those without. Raises CorruptError or InvalidError for bad
    archives; then none of their images is in the store.
    """
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC) if isinstance(source, str) else os.dup(source)
    try:
        with Adding(home, report), Staging(staging_parent(home)) as staging:
            plain = _seekable(descriptor, staging)
            try:
                return _load(home, Archive(plain), platform, report)
            finally:
                os.close(plain)
    finally:
        os.close(descriptor)


def read_chunks(descriptor: int) -> "Iterator[bytes]":
    """All that can be read from *descriptor*, at most 1 MiB at a time."""
    while chunk := os.read(descriptor, _CHUNK):
        yield chunk


def _seekable(descriptor: int, staging: Staging) -> int:
    """An open plain tar file with the archive: the very file, or a copy when it is a pipe or compressed."""
    try:
        os.lseek(descriptor, 0, os.SEEK_CUR)
        start = os.pread(descriptor, 8, 0)
    except OSError:
        start = b""
    if start and kind_of(start) == PLAIN:
        return os.dup(descriptor)
    bound = layer_bound()
    start, chunks = peek(bound.count(read_chunks(descriptor)))
    if not start:
        raise CorruptError("the archive is empty", hint="give it by --input, or as standard input")
    copy = os.open(staging.below("archive"), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    for chunk in bound.hold(unpacked(chunks, kind_of(start))):
        write_all(copy, chunk)
    return copy


def _load(home: Home, archive: Archive, platform: str, report: "Report") -> "list[str]":
    arrived = [_bring(home, archive, image) for image in images_in(archive, parse_platform(platform))]
    loaded: "list[str]" = []
    for one in arrived:
        image = register(home, one, report)
        names = _shown(image)
        record(home, "image", "load", image.id, name=names[0])
        loaded += names
    return loaded


def _shown(image: Image) -> "list[str]":
    return [split_canonical(name).familiar for name in image.names] or [image.id]


def _bring(home: Home, archive: Archive, image: ArchivedImage) -> Arrived:
    """Store the layers of *image* that are not here yet."""
    facts = read_config(image.config)
    if len(facts.diff_ids) != len(image.layers):
        raise CorruptError(f"image has {len(image.layers)} layers, its config tells of {len(facts.diff_ids)}")
    chain = chain_ids(facts.diff_ids)
    layers: "list[Layer]" = []
    for at, member in enumerate(image.layers):
        promised = image.blobs[at].digest if image.blobs else ""
        here = have_layer(home, chain[at])
        if here is None or promised not in ("", here.blob):
            chunks = archive.chunks(member)
            here = add_layer(home, chunks, chain[:at], diff_id=facts.diff_ids[at], blob=promised)
        layers.append(here)
    return Arrived(image.config, facts, tuple(layers), image.manifest, image.names)
