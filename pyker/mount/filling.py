"""Filling a new volume with what the image has at its target: once, whole or not at all."""

import errno
import os

from pyker.base.errors import PykerError
from pyker.base.locks import Lock
from pyker.kernel.paths import CLOEXEC_DIRECTORY, open_in_root
from pyker.kernel.tree import remove_tree
from pyker.mount.copying import copy_content
from pyker.mount.volume_store import Volume, load_volume, save_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home

    MountDocument = dict[str, Any]


def fill_volume(
    home: "Home", document: "MountDocument", root: int, owner: "tuple[int, int] | None" = None
) -> None:
    """Copy what the image has at the target of *document* into its volume, unless a container has seen that.

    *root* is the container's mounted root with nothing mounted inside. "nocopy" leaves the volume empty.
    *owner* is the container's root where it has ids of its own: a volume starts as its.
    """
    volume = load_volume(home, document["Name"])
    if not volume.fresh:
        return
    with Lock(os.path.join(volume.place, "lock")):
        volume = load_volume(home, document["Name"])
        if volume.fresh:
            if owner:
                os.chown(volume.data, *owner)
            if "nocopy" not in document["Mode"].split(","):
                _copy_from_image(volume, document["Destination"], root)
            save_volume(volume.replace(fresh=False), durable=not volume.anonymous)


def _copy_from_image(volume: Volume, target: str, root: int) -> None:
    """Copied beside and renamed over the volume's directory, which works only while that is empty."""
    try:
        source = open_in_root(root, target, CLOEXEC_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        aside = os.path.join(volume.place, "_copy")
        remove_tree(aside)
        _copy_directory(source, aside)
        os.rename(aside, volume.data)
    except OSError as error:
        remove_tree(aside)
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # somebody has put data there: it stays
            raise PykerError(f"cannot fill volume {volume.name} from {target}: {error.strerror}") from error
    finally:
        os.close(source)


def _copy_directory(source: int, path: str) -> None:
    os.mkdir(path, 0o700)
    target = os.open(path, CLOEXEC_DIRECTORY)
    try:
        copy_content(source, target)
    finally:
        os.close(target)
