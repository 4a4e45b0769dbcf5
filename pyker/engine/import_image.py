"""`import`: a root file system in a tar stream becomes an image of one layer."""

import os

from pyker.base import jsonfile
from pyker.base.compression import kind_of, peek
from pyker.base.errors import CorruptError, InvalidError
from pyker.base.home import Home
from pyker.engine.events import record
from pyker.engine.ingest import Adding, Arrived, add_layer, register
from pyker.engine.load import read_chunks
from pyker.image.changes import apply_changes
from pyker.image.config import imported_config, now, read_config
from pyker.layers.store import Layer
from pyker.model.platform import parse_platform
from pyker.model.reference import parse_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Report = Callable[[str], None]


def import_image(  # noqa: PLR0913 - the six things `import` can be told
    home: Home,
    source: "str | int",
    reference: "str | None" = None,
    *,
    changes: "Sequence[str]" = (),
    message: str = "",
    platform: str = "",
    report: "Report | None" = None,
) -> str:
    """Make an image of the tar archive *source* (a path or an open descriptor) and give its id.

    The archive is plain or compressed by gzip or zstd; *changes* are Containerfile instructions for the
    config. Raises InvalidError for bad words before anything is read, CorruptError for a bad archive.
    """
    names = (_name(reference),) if reference else ()
    settings = apply_changes({}, changes)
    wanted = parse_platform(platform)
    with Adding(home, report or (lambda _: None)):
        layer = _import_layer(home, source)
        comment = message or f"Imported from {source if isinstance(source, str) else '-'}"
        config = imported_config(layer.diff_id, settings, wanted, message=comment, created=now())
        data = jsonfile.dumps(config, canonical=True).encode()
        identity = register(home, Arrived(data, read_config(data), (layer,), names=names), report).id
    record(home, "image", "import", identity, name=reference or identity)
    return identity


def _name(text: str) -> str:
    reference = parse_reference(text)
    if reference.digest:
        raise InvalidError("cannot import digest reference", hint="give a name and a tag only")
    return reference.canonical


def _import_layer(home: Home, source: "str | int") -> Layer:
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC) if isinstance(source, str) else source
    try:
        return add_layer(home, _checked(descriptor), [])
    finally:
        if isinstance(source, str):
            os.close(descriptor)


def _checked(descriptor: int) -> "Iterator[bytes]":
    """The bytes of *descriptor*; CorruptError when there are none."""
    start, chunks = peek(read_chunks(descriptor))
    if not start:
        raise CorruptError("the archive is empty", hint="give a tar file, or - and standard input")
    kind_of(start)
    return chunks
