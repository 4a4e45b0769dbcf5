"""An image archive as `docker save` writes it, made without any engine."""

import hashlib
import io
import json
import tarfile
from pathlib import Path


def write_archive(root_tar: Path, target: Path, name: str) -> None:
    """Write *target*: *root_tar* as its one plain layer, under *name*, with the least config."""
    with root_tar.open("rb") as layer:
        digest = hashlib.file_digest(layer, "sha256").hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {"Cmd": ["/bin/sh"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "bench"}],
        }
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps(
        [{"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}]
    ).encode()
    with tarfile.open(target, "w") as archive:
        archive.add(root_tar.resolve(), f"{digest}/layer.tar")
        _add(archive, config_name, config)
        _add(archive, "manifest.json", manifest)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
