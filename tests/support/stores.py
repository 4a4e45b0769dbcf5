"""What lies in an image store, for tests that compare before and after."""

import os
import subprocess
import sys
from pathlib import Path

from pyker.base.home import Home
from pyker.engine.load import load
from tests.support.images import docker_archive, entry, folder, make_tar

TREE = Path(__file__).parents[2]


def content(home: Home) -> "list[str]":
    """Every blob, layer and staging directory, and the index: what a failed command must not change."""
    found = []
    for folder_name in ("blobs/sha256", "layers", "staging"):
        path = home.below(folder_name)
        found += [f"{folder_name}/{name}" for name in sorted(os.listdir(path))] if os.path.isdir(path) else []
    index = Path(home.below("images.json"))
    return [*found, index.read_text() if index.exists() else ""]


def layers_in(home: Home) -> "list[str]":
    path = home.below("layers")
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def blobs_in(home: Home) -> "list[str]":
    return sorted(os.listdir(home.below("blobs/sha256")))


def small_layer(text: str) -> bytes:
    """A layer with one directory and one file that holds *text*."""
    return make_tar(folder("etc"), entry(f"etc/{text}", data=text.encode()))


def load_image(home: Home, tmp_path: Path, *tags: str, layers: "list[str] | None" = None) -> str:
    """Load an image with *tags* of *layers* (each a word); gives its first name or its id."""
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive([small_layer(word) for word in layers or ["base"]], list(tags)))
    return load(home, str(path), report=lambda _: None)[0]


def start_python(code: str) -> "subprocess.Popen[bytes]":
    """A process that runs *code* with pyker importable."""
    return subprocess.Popen([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(TREE)!r})\n{code}"])
