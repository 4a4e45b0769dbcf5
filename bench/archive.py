"""Image archives as `docker save` writes them, made without any engine."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path


def write_archive(layers: Sequence[Path], target: Path, names: Sequence[str]) -> None:
    """Write *target*: an image for each of *names*, all of the same plain *layers*, bottom first."""
    digests = [_digest(layer) for layer in layers]
    entries = []
    with tarfile.open(target, "w") as archive:
        for layer, digest in zip(layers, digests, strict=True):
            archive.add(layer.resolve(), f"{digest}/layer.tar")
        for name in names:
            config = _config(digests, name)
            file = f"{hashlib.sha256(config).hexdigest()}.json"
            _add(archive, file, config)
            entries.append(
                {"Config": file, "RepoTags": [name], "Layers": [f"{digest}/layer.tar" for digest in digests]}
            )
        _add(archive, "manifest.json", json.dumps(entries).encode())


def write_layer(target: Path, name: str, files: int, size: int) -> None:
    """Write *target*: a layer of *files* files of *size* bytes each below *name*, half of each redundant."""
    with tarfile.open(target, "w") as archive:
        for number in range(files):
            _add(archive, f"{name}/{number}", os.urandom(size // 2).hex().encode())


def _digest(layer: Path) -> str:
    with layer.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _config(digests: Sequence[str], name: str) -> bytes:
    history = [{"created": "2026-01-01T00:00:00Z", "created_by": f"bench {name}"}] * len(digests)
    return json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {"Cmd": ["/bin/sh"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": history,
        }
    ).encode()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
