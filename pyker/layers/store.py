"""The layers unpacked on this machine: `layers/<chain id>/diff` and its record `layer.json`.

A chain id (OCI image-spec config.md, "Layer ChainID") names a layer with all below it, so two images
with the same base share its directories. A layer is whole or absent: unpacked aside, brought to disk,
then renamed to its name.
"""

import hashlib
import os

from pyker.base import jsonfile
from pyker.base.home import Home
from pyker.base.ids import is_hex
from pyker.base.value import Value
from pyker.kernel.paths import BENEATH, CLOEXEC_DIRECTORY, NO_SYMLINKS, openat2
from pyker.kernel.staging import Staging, sync_filesystem
from pyker.layers.attributes import copy_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

DIFF = "diff"
RECORD = "layer.json"


class Layer(Value):
    """What is recorded of a layer: how it can be sent again, and how much it holds."""

    diff_id: str
    parent: str  # chain id, "" for the lowest
    size: int  # bytes of its files
    blob: str  # digest as transferred
    blob_size: int
    compression: str


def chain_id(parent: str, diff_id: str) -> str:
    """The chain id (64 hex) of the layer *diff_id* upon *parent* (64 hex, or "" for none)."""
    if not parent:
        return diff_id.removeprefix("sha256:")
    return hashlib.sha256(f"sha256:{parent} {diff_id}".encode()).hexdigest()


def chain_ids(diff_ids: "Collection[str]") -> "list[str]":
    """The chain ids of a stack of layers, lowest first."""
    chain: "list[str]" = []
    for diff_id in diff_ids:
        chain.append(chain_id(chain[-1] if chain else "", diff_id))
    return chain


def directory(home: Home, chain: str) -> str:
    """Where layer *chain* is, or would be, unpacked."""
    return home.below("layers", chain, DIFF)


def find_layer(home: Home, chain: str) -> "Layer | None":
    """The record of layer *chain*; None when it is not here."""
    try:
        record = jsonfile.read(home.below("layers", chain, RECORD))
    except FileNotFoundError:
        return None
    return Layer(**{name: record[name] for name in Layer._fields})


def complete(target: str, implied: "tuple[bytes, ...]", lowers: "list[str]", *, lenient: bool) -> None:
    """Give directories a layer does not describe the attributes they have below it (*lowers*, topmost first).

    In the stack, they would otherwise hide the owner and mode of the lower ones.
    """
    if not (implied and lowers):
        return
    root = os.open(target, CLOEXEC_DIRECTORY)
    try:
        for lower in lowers:
            implied = _complete_from(lower, root, implied, lenient=lenient)
    finally:
        os.close(root)


def _complete_from(
    lower: str, root: int, implied: "tuple[bytes, ...]", *, lenient: bool
) -> "tuple[bytes, ...]":
    """Take what *lower* knows; the paths it does not know are left for the layers below it."""
    below = os.open(lower, CLOEXEC_DIRECTORY)
    left = []
    try:
        for path in implied:
            if not _copy(below, root, path, lenient=lenient):
                left.append(path)
    finally:
        os.close(below)
    return tuple(left)


def _copy(below: int, root: int, path: bytes, *, lenient: bool) -> bool:
    try:
        source = openat2(below, path or b".", CLOEXEC_DIRECTORY, BENEATH | NO_SYMLINKS)
    except OSError:  # not there, or no directory there: this layer does not tell
        return False
    try:
        target = openat2(root, path or b".", CLOEXEC_DIRECTORY, BENEATH | NO_SYMLINKS)
        try:
            copy_directory(source, target, lenient=lenient)
        finally:
            os.close(target)
    finally:
        os.close(source)
    return True


def adopt(home: Home, staging: Staging, chain: str, layer: Layer) -> None:
    """Make the staged `diff` the layer *chain*; somebody else's finished one is as good.

    After a power cut the layer is there with all its files, or not at all.
    """
    record = {"version": 1, **{name: getattr(layer, name) for name in Layer._fields}}
    os.mkdir(staging.below("layer"), 0o700)
    os.rename(staging.below(DIFF), staging.below(f"layer/{DIFF}"))
    jsonfile.write(staging.below(f"layer/{RECORD}"), record, durable=False)
    sync_filesystem(staging.path)
    os.makedirs(home.below("layers"), 0o700, exist_ok=True)
    try:
        os.rename(staging.below("layer"), home.below("layers", chain))
    except OSError:
        if find_layer(home, chain) is None:
            raise
    jsonfile.sync_directory(home.below("layers"))


def retire_others(home: Home, keep: "Collection[str]", trash: str) -> "list[str]":
    """Move every layer that is not in *keep* (chain ids) below *trash*; gives the new paths.

    A layer leaves its name in one rename, so that it is never there in part, nor needs new disk blocks.
    """
    moved = []
    for name in all_layers(home):
        if name not in keep:
            moved.append(os.path.join(trash, name))
            os.rename(home.below("layers", name), moved[-1])
    return moved


def all_layers(home: Home) -> "list[str]":
    """The chain ids of all layers there are."""
    try:
        return [name for name in os.listdir(home.below("layers")) if is_hex(name)]
    except FileNotFoundError:
        return []
