"""images.json: the one index of names and images.

    {"version": 1,
     "names": {"docker.io/library/debian:latest": "sha256:<config>"},
     "images": {"sha256:<config>": {"manifest": …, "created": …, "size": …, "chain": […], …}},
     "orphans": {as "images": removed by force while containers still stand on them}}

Readers take no lock: the file is replaced whole. Writers hold `images.lock`, and so does (shared) who
makes a container, from finding its image to recording that it uses it.
"""

import errno
import os

from pyker.base import jsonfile
from pyker.base.errors import CorruptError
from pyker.base.home import Home, claim_home
from pyker.base.locks import Lock
from pyker.model.image import Image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

VERSION = 1
_LISTS = ("repo_digests", "chain", "blobs")
_KEPT = tuple(name for name in Image._fields if name not in ("id", "names"))


def lock(home: Home, *, shared: bool = False) -> Lock:
    """The hold on the index: exclusive to change it, shared to keep images from going meanwhile."""
    if not os.path.isdir(home.graph):
        claim_home(home)
    return Lock(home.below("images.lock"), shared=shared)


class Index:
    """The content of images.json, read once; `save` writes it back."""

    def __init__(self, home: Home) -> None:
        self._path = home.below("images.json")
        try:
            document = jsonfile.read(self._path)
        except FileNotFoundError:
            document = {"version": VERSION}
        if not isinstance(document, dict) or document.get("version") != VERSION:
            raise CorruptError(
                f"{self._path} has version {document.get('version')!r}, this pyker reads {VERSION}",
                hint="it was written by a newer pyker: use that one",
            )
        self._document: "dict[str, Any]" = document
        self.names: "dict[str, str]" = document.setdefault("names", {})
        self._images: "dict[str, dict[str, Any]]" = document.setdefault("images", {})
        self._orphans: "dict[str, dict[str, Any]]" = document.setdefault("orphans", {})

    def ids(self) -> "list[str]":
        """The ids of all images."""
        return list(self._images)

    def image(self, identity: str, *, orphan: bool = False) -> "Image | None":
        """The image *identity* (`sha256:<hex>`); with *orphan* also one removed under a container's feet."""
        record = self._images.get(identity)
        if record is None and orphan:
            record = self._orphans.get(identity)
        if record is None:
            return None
        names = tuple(sorted(name for name, target in self.names.items() if target == identity))
        return _image(identity, names, record)

    def all(self) -> "list[Image]":
        """Every image."""
        names: "dict[str, list[str]]" = {}
        for name, identity in self.names.items():
            names.setdefault(identity, []).append(name)
        return [
            _image(identity, tuple(sorted(names.get(identity, ()))), record)
            for identity, record in self._images.items()
        ]

    def orphans(self) -> "list[Image]":
        """Images removed by force that containers may still stand on."""
        return [_image(identity, (), record) for identity, record in self._orphans.items()]

    def put(self, image: Image) -> None:
        """Add *image* or update it; its names move to it, digests of both are kept."""
        old = self._images.get(image.id, {}).get("repo_digests", ())
        record = {name: getattr(image, name) for name in _KEPT}
        record["repo_digests"] = tuple(sorted({*old, *image.repo_digests}))
        self._images[image.id] = record
        self._orphans.pop(image.id, None)
        for name in image.names:
            self.names[name] = image.id

    def drop_digests(self, identity: str, dropped: "tuple[str, ...]") -> None:
        """Forget some of the digests by which image *identity* is known."""
        record = self._images[identity]
        record["repo_digests"] = [digest for digest in record["repo_digests"] if digest not in dropped]

    def remove(self, identity: str, *, orphan: bool) -> None:
        """Forget image *identity* and its names; as an *orphan* its layers stay for containers."""
        record = self._images.pop(identity)
        if orphan:
            self._orphans[identity] = record
        for name in [name for name, target in self.names.items() if target == identity]:
            del self.names[name]

    def drop_orphan(self, identity: str) -> None:
        """Forget an orphan no container stands on any more."""
        del self._orphans[identity]

    def save(self, make_room: "Callable[[], bool] | None" = None) -> None:
        """Write the index; on a full disk call *make_room* and try again when it says so."""
        try:
            jsonfile.write(self._path, self._document)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not (make_room and make_room()):
                raise
            jsonfile.write(self._path, self._document)


def _image(identity: str, names: "tuple[str, ...]", record: "dict[str, Any]") -> Image:
    fields = {name: record[name] for name in _KEPT if name in record}
    for name in _LISTS:
        fields[name] = tuple(fields.get(name, ()))
    return Image(id=identity, names=names, **fields)
