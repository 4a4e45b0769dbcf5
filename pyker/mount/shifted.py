"""Layers copied for other ids: where the kernel cannot map the ids of a mount, as for ordinary users.

A copy lies beside its layer, is made once for all containers with the same map, and goes with the layer.
"""

import os

from pyker.base.locks import Lock
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.kernel.staging import sync_filesystem
from pyker.kernel.tree import remove_tree
from pyker.mount.copying import copy_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Owner = Callable[[int, int], tuple[int, int]]


def shifted_layers(lowers: "Iterable[str]", owner: "Owner", name: str) -> "list[str]":
    """Copies of the layer directories *lowers* in which *owner*(uid, gid) has what uid and gid have there.

    *name* tells one map from another. Raises OSError, of a full disk for example; no half copy stays.
    """
    return [_shifted(lower, owner, name) for lower in lowers]


def _shifted(lower: str, owner: "Owner", name: str) -> str:
    place = os.path.dirname(lower)
    copy = f"{place}/ids-{name}"
    if os.path.isdir(copy):
        return copy
    with Lock(f"{place}/ids.lock"):
        if not os.path.isdir(copy):
            _make(lower, owner, copy)
    return copy


def _make(lower: str, owner: "Owner", copy: str) -> None:
    aside = f"{copy}.new"
    remove_tree(aside)
    os.mkdir(aside, 0o700)
    try:
        _copy(lower, owner, aside)
        sync_filesystem(aside)
        os.rename(aside, copy)
    except BaseException:
        remove_tree(aside)
        raise


def _copy(lower: str, owner: "Owner", aside: str) -> None:
    source = os.open(lower, CLOEXEC_DIRECTORY)
    try:
        target = os.open(aside, CLOEXEC_DIRECTORY)
        try:
            copy_content(source, target, owner=owner, opaque=True)
        finally:
            os.close(target)
    finally:
        os.close(source)
