"""Image archives: tar files as `docker save` (old and new layout) and OCI tools write them.

An archive is read in place: its headers once, then any member by offset. Members are looked up by name
in a table and nothing is ever extracted, so names and links can only lead to other members.
"""

import os

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, InvalidError, NotFoundError
from pyker.base.tarheader import HARD_LINK, REGULAR, SYMLINK
from pyker.base.tarstream import Stream, TarReader
from pyker.base.value import Value
from pyker.image.blobs import MAX_DOCUMENT, digest_of
from pyker.image.manifest import Choice, Manifest, choose, is_attestation, read_manifest
from pyker.model.digest import Descriptor
from pyker.model.platform import Platform
from pyker.model.reference import is_digest, parse_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_MEMBERS = 100_000
MAX_HOPS = 8
_CHUNK = 1 << 20


class ArchivedImage(Value):
    """One image of an archive: its config's bytes, members that hold its layers, and its names."""

    config: bytes
    layers: "tuple[str, ...]"  # members, lowest first
    names: "tuple[str, ...]"  # canonical
    blobs: "tuple[Descriptor, ...]" = ()  # what the manifest promises of each layer
    manifest: bytes = b""


class _Headers(Stream):
    """A seekable file as a stream of headers: data is skipped by arithmetic, not by reading."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(())
        self._descriptor = descriptor
        self.offset = 0
        self._length = os.fstat(descriptor).st_size

    def take(self, size: int) -> memoryview:
        data = os.pread(self._descriptor, size, self.offset)
        self.skip(size)
        return memoryview(data)

    def some(self, most: int) -> memoryview:
        return self.take(min(most, self._length - self.offset))

    def skip(self, size: int) -> None:
        self.offset += size
        if self.offset > self._length:
            raise CorruptError("unexpected end of the tar archive", hint="the archive is cut short")

    def at_end(self) -> bool:
        return self.offset >= self._length


class Archive:
    """The members of the plain tar file open as *descriptor* (regular, seekable)."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._files: "dict[str, tuple[int, int]]" = {}
        self._links: "dict[str, str]" = {}
        headers = _Headers(descriptor)
        reader = TarReader(headers)
        for member in reader:
            name = _member_name(os.fsdecode(member.name))
            if len(self._files) + len(self._links) > MAX_MEMBERS:
                raise CorruptError(f"archive has more than the {MAX_MEMBERS} members allowed")
            if member.kind in (REGULAR, SYMLINK, HARD_LINK) and (name in self._files or name in self._links):
                raise CorruptError(f"archive has {name!r} twice")
            if member.kind == REGULAR and member.segments is None:
                self._files[name] = (headers.offset, member.size)
            elif member.kind == SYMLINK:
                self._links[name] = os.path.join(os.path.dirname(name), os.fsdecode(member.link))
            elif member.kind == HARD_LINK:
                self._links[name] = os.fsdecode(member.link)

    def has(self, name: str) -> bool:
        """Whether there is a member *name*."""
        return name in self._files or name in self._links

    def _find(self, name: str) -> "tuple[int, int]":
        """Offset and size of the file *name*, links followed inside the archive."""
        asked = name
        for _ in range(MAX_HOPS):
            name = _member_name(os.path.normpath(name))
            if name in self._files:
                return self._files[name]
            if name not in self._links:
                break
            name = self._links[name]
        raise CorruptError(f"archive has no file {asked!r}", hint="it is damaged or not complete")

    def read(self, name: str, limit: int = MAX_DOCUMENT) -> bytes:
        """All of member *name*, a document of at most *limit* bytes."""
        offset, size = self._find(name)
        if size > limit:
            raise CorruptError(f"{name}: {size} bytes are more than the {limit} allowed")
        return b"".join(self._pieces(offset, size))

    def chunks(self, name: str) -> "Iterator[bytes]":
        """The bytes of member *name*, 1 MiB at a time."""
        return self._pieces(*self._find(name))

    def _pieces(self, offset: int, size: int) -> "Iterator[bytes]":
        end = offset + size
        while offset < end:
            chunk = os.pread(self._descriptor, min(_CHUNK, end - offset), offset)
            if not chunk:
                raise CorruptError("unexpected end of the tar archive", hint="the archive is cut short")
            yield chunk
            offset += len(chunk)

    def document(self, name: str) -> "Any":
        """The JSON document that is member *name*."""
        try:
            return jsonfile.loads(self.read(name))
        except ValueError as error:
            raise CorruptError(f"{name} in the archive is damaged: {error}") from error

    def blob(self, digest: str) -> bytes:
        """The document whose digest is *digest*, verified."""
        data = self.read(_blob_member(digest))
        if digest_of(data) != digest:
            raise CorruptError(f"digest mismatch: {digest} in the archive is {digest_of(data)}")
        return data


def _member_name(name: str) -> str:
    """*name* without `./` in front; CorruptError when it would lead out of the archive."""
    name = name.rstrip("/")
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    if name.startswith("/") or ".." in name.split("/"):
        raise CorruptError(f"archive member {name!r} leads out of the archive")
    return name


def _blob_member(digest: str) -> str:
    return f"blobs/sha256/{digest[7:]}"


def images_in(archive: Archive, platform: Platform) -> "list[ArchivedImage]":
    """Every image in *archive*; InvalidError when it is no image archive."""
    if archive.has("index.json"):  # first: only it keeps the manifest, and so the image's digest
        return _oci_images(archive, platform)
    if archive.has("manifest.json"):
        return [_docker_image(archive, entry) for entry in _entries(archive.document("manifest.json"))]
    raise InvalidError(
        "not an image archive: it has neither manifest.json nor index.json",
        hint="a root file system is read by `pyker import`",
    )


def _entries(document: "Any") -> "list[dict[str, Any]]":
    if not isinstance(document, list) or not all(isinstance(entry, dict) for entry in document):
        raise CorruptError("manifest.json in the archive is not a list of images")
    return document


def _docker_image(archive: Archive, entry: "dict[str, Any]") -> ArchivedImage:
    """An image by its entry in `manifest.json`."""
    config, layers, tags = entry.get("Config"), entry.get("Layers") or [], entry.get("RepoTags") or []
    if not (isinstance(config, str) and _are_texts(layers) and _are_texts(tags)):
        raise CorruptError("manifest.json in the archive has an invalid entry")
    data = archive.read(config)
    named = os.path.basename(config).removesuffix(".json")
    if is_digest(f"sha256:{named}") and digest_of(data) != f"sha256:{named}":
        raise CorruptError(f"digest mismatch: config {config} is {digest_of(data)}")
    return ArchivedImage(data, tuple(layers), tuple(parse_reference(tag).canonical for tag in tags))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _oci_images(archive: Archive, platform: Platform) -> "list[ArchivedImage]":
    """The images that `index.json` lists, of each name the one for *platform*."""
    choices = read_manifest(archive.read("index.json"))
    if isinstance(choices, Manifest):
        raise CorruptError("index.json in the archive is not an index")
    by_name: "dict[tuple[str, ...], list[Choice]]" = {}
    for choice in choices:
        if not is_attestation(choice):
            by_name.setdefault(_names(choice), []).append(choice)
    if not by_name:
        raise NotFoundError("index.json in the archive lists no image")
    images = []
    for names, group in by_name.items():
        several = len(group) > 1 and any(choice.platform for choice in group)
        for choice in [choose(tuple(group), platform)] if several else group:
            images.append(_oci_image(archive, choice.descriptor, names, platform))
    return images


def _names(choice: Choice) -> "tuple[str, ...]":
    """The name in an index's annotations: containerd's full one, or what skopeo calls "reference"."""
    text = choice.annotations.get("io.containerd.image.name") or choice.annotations.get(
        "org.opencontainers.image.ref.name", ""
    )
    if text in ("", "latest"):
        return ()
    return (parse_reference(text).canonical,)


def _oci_image(
    archive: Archive, descriptor: Descriptor, names: "tuple[str, ...]", platform: Platform, depth: int = 0
) -> ArchivedImage:
    data = archive.blob(descriptor.digest)
    manifest = read_manifest(data, descriptor.media_type)
    if not isinstance(manifest, Manifest):
        if depth >= MAX_HOPS:
            raise CorruptError("index in the archive is nested too deep")
        return _oci_image(archive, choose(manifest, platform).descriptor, names, platform, depth + 1)
    layers = tuple(_blob_member(layer.digest) for layer in manifest.layers)
    return ArchivedImage(archive.blob(manifest.config.digest), layers, names, manifest.layers, data)
