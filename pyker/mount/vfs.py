"""The driver that works anywhere: layers are copied into one directory, sharing data where possible."""

import os

from pyker.kernel import mounts
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.kernel.tree import remove_tree
from pyker.mount.copying import copy_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def mount_copy(lowers: "Sequence[str]", merged: str) -> None:
    """Fill *merged* with *lowers* (topmost first) when it was not yet, and make it a mount of its own.

    The copy is built beside and renamed over the empty directory: whole or absent.
    """
    if not os.listdir(merged):
        aside = f"{merged}.new"
        remove_tree(aside)
        os.mkdir(aside, 0o755)
        _stack(lowers, aside)
        os.rename(aside, merged)
    mounts.mount(merged, merged, "", mounts.BIND)


def _stack(lowers: "Sequence[str]", place: str) -> None:
    target = os.open(place, CLOEXEC_DIRECTORY)
    try:
        for lower in reversed(lowers):
            source = os.open(lower, CLOEXEC_DIRECTORY)
            try:
                copy_content(source, target, merge=True)
            finally:
                os.close(source)
    finally:
        os.close(target)
