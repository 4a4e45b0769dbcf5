"""Removing what no image needs any more: by what can be reached from the index, never by counting.

A crash before, between or after any of the steps leaves content that the next collection finds.
"""

import os

from pyker.base.home import Home
from pyker.base.locks import try_lock
from pyker.engine.containers import containers_using
from pyker.engine.partial import sweep_staging
from pyker.image import blobs, index
from pyker.kernel.process import close_from, leave_caller
from pyker.kernel.staging import is_nearly_full
from pyker.layers import store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.model.image import Image


def staging_parent(home: Home) -> str:
    """Where things are made before they are moved into place, and go before they are removed."""
    return home.below("staging")


def collect(home: Home) -> None:
    """Remove blobs and layers that no image needs; while another command adds some, leave it to later."""
    retire(home)
    sweep_staging(home, staging_parent(home))


def retire(home: Home) -> None:
    """As *collect*, but the layers are only moved to where the next sweep finds them."""
    content = hold_content(home)
    if content < 0:
        return
    try:
        os.makedirs(staging_parent(home), 0o700, exist_ok=True)
        with index.lock(home):
            images = _needed(home)
        blobs.remove_others(home, blobs_of(images))
        store.retire_others(home, {chain for image in images for chain in image.chain}, staging_parent(home))
    finally:
        os.close(content)


def sweep_aside(home: Home) -> None:
    """Remove what was retired in a process of its own, while this one answers; at once on a disk nearly full.

    Should it die, the next command that changes the store goes on.
    """
    if is_nearly_full(home.graph):
        sweep_staging(home, staging_parent(home))
    elif os.fork() == 0:
        try:
            leave_caller()
            close_from(3)
            sweep_staging(home, staging_parent(home))
        finally:
            os._exit(0)


def hold_content(home: Home) -> int:
    """An open descriptor that keeps others from adding content; -1 while somebody does."""
    content = os.open(home.below("content.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if try_lock(content):
        return content
    os.close(content)
    return -1


def blobs_of(images: "Iterable[Image]") -> "set[str]":
    """The digests of all content of *images*."""
    return {digest for image in images for digest in (image.id, image.manifest, *image.blobs)}


def _needed(home: Home) -> "list[Image]":
    """Images whose content must stay: those listed, and orphans that a container still stands on."""
    known = index.Index(home)
    needed = known.all()
    gone = False
    for orphan in known.orphans():
        if containers_using(home, orphan.id):
            needed.append(orphan)
        else:
            known.drop_orphan(orphan.id)
            gone = True
    if gone:
        known.save()
    return needed
