"""Layers and archives made by hand: honest ones, and what an attacker would send."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import zstandard

NOW = 1_700_000_000


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"", **fields: Any
) -> "tuple[tarfile.TarInfo, bytes]":
    """A member for *make_tar*."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mtime = NOW
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def folder(name: str, **fields: Any) -> "tuple[tarfile.TarInfo, bytes]":
    return entry(name, tarfile.DIRTYPE, **fields)


def symlink(name: str, target: str, **fields: Any) -> "tuple[tarfile.TarInfo, bytes]":
    return entry(name, tarfile.SYMTYPE, linkname=target, **fields)


def hard_link(name: str, target: str) -> "tuple[tarfile.TarInfo, bytes]":
    return entry(name, tarfile.LNKTYPE, linkname=target)


def make_tar(*members: "tuple[tarfile.TarInfo, bytes]", form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of *members*."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def compress(data: bytes, kind: str) -> bytes:
    """*data* compressed by *kind*: "", gzip or zstd."""
    if kind == "gzip":
        return gzip.compress(data, 1)
    return zstandard.compress(data, 1) if kind == "zstd" else data


def make_config(layers: "list[bytes]", **more: object) -> bytes:
    """An image config for the (plain) *layers*."""
    document = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {"Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
    }
    return json.dumps(document | more).encode()


def docker_archive(
    layers: "list[bytes]", tags: "list[str]", *, config: bytes = b"", compression: str = ""
) -> bytes:
    """What `docker save` of one image writes, old layout: ID/layer.tar, CONFIG.json, manifest.json."""
    config = config or make_config(layers)
    name = f"{digest(config)[7:]}.json"
    members = [entry(name, data=config)]
    paths = []
    for layer in layers:
        path = f"{digest(layer)[7:]}/layer.tar"
        if path not in paths:
            members.append(entry(path, data=compress(layer, compression)))
        paths.append(path)
    listing = [{"Config": name, "RepoTags": tags, "Layers": paths}]
    return make_tar(*members, entry("manifest.json", data=json.dumps(listing).encode()))


def oci_parts(
    layers: "list[bytes]", config: bytes = b"", compression: str = "gzip"
) -> "tuple[dict[str, bytes], bytes]":
    """The blobs of an OCI image by digest, and its manifest."""
    config = config or make_config(layers)
    packed = [compress(layer, compression) for layer in layers]
    suffix = f"+{compression}" if compression else ""
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor(f"application/vnd.oci.image.layer.v1.tar{suffix}", blob) for blob in packed],
    }
    data = json.dumps(manifest).encode()
    return {digest(blob): blob for blob in (config, data, *packed)}, data


def descriptor(media_type: str, data: bytes, **more: object) -> "dict[str, object]":
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def index_of(*entries: "dict[str, object]") -> bytes:
    """An OCI image index."""
    document = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": list(entries),
    }
    return json.dumps(document).encode()


def oci_archive(blobs: "dict[str, bytes]", index: bytes) -> bytes:
    """An OCI layout in a tar archive."""
    members = [entry("oci-layout", data=b'{"imageLayoutVersion": "1.0.0"}'), entry("index.json", data=index)]
    members += [entry(f"blobs/sha256/{name[7:]}", data=data) for name, data in blobs.items()]
    return make_tar(*members)


def written(path: Path, data: bytes) -> str:
    """The path of a file with *data*."""
    path.write_bytes(data)
    return str(path)
