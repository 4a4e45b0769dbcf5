"""An image in the store."""

from pyker.base.value import Value


class Image(Value):
    """What the index knows of one image; its id is the digest of its config."""

    id: str  # "sha256:<64 hex>"
    manifest: str  # digest
    names: "tuple[str, ...]"  # canonical, "docker.io/library/debian:latest"
    repo_digests: "tuple[str, ...]"  # canonical, "docker.io/library/debian@sha256:<64 hex>"
    created: str  # RFC 3339, as the config says it
    size: int  # bytes of all layers, unpacked
    chain: "tuple[str, ...]"  # chain ids, 64 hex each, lowest layer first
    architecture: str = ""
    os: str = ""
    variant: str = ""
    blobs: "tuple[str, ...]" = ()  # digests of the layers as transferred, lowest first

    @property
    def short_id(self) -> str:
        """The 12 digits people see."""
        return self.id[7:19]
