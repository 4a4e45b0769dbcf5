"""Digests and descriptors of OCI content (image-spec descriptor.md), checked where they enter."""

from pyker.base.errors import CorruptError
from pyker.base.value import Value
from pyker.model.reference import is_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_SIZE = 1 << 50


class Descriptor(Value):
    """A piece of content: what kind, which bytes, how many."""

    media_type: str
    digest: str
    size: int
    urls: "tuple[str, ...]" = ()

    def document(self) -> "dict[str, Any]":
        """The descriptor as JSON holds it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


def check_digest(text: object) -> str:
    """*text* when it is `sha256:<64 hex>`; CorruptError otherwise."""
    if not isinstance(text, str) or not is_digest(text):
        raise CorruptError(f"invalid digest {str(text)[:100]!r}", hint="pyker stores content by sha256")
    return text


def read_descriptor(document: object) -> Descriptor:
    """The descriptor in a manifest; CorruptError when it is none."""
    if not isinstance(document, dict):
        raise CorruptError("invalid manifest: a descriptor is not an object")
    size = document.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_SIZE:
        raise CorruptError(f"invalid manifest: size {str(size)[:40]!r} of a descriptor")
    urls = document.get("urls") or ()
    if not isinstance(urls, (list, tuple)) or not all(isinstance(url, str) for url in urls):
        raise CorruptError("invalid manifest: urls of a descriptor")
    media_type = document.get("mediaType", "")
    if not isinstance(media_type, str):
        raise CorruptError("invalid manifest: mediaType of a descriptor")
    return Descriptor(media_type, check_digest(document.get("digest")), size, tuple(urls))
