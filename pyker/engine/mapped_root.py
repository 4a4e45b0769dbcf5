"""The root of a container with a user namespace: its files belong to the container's ids.

Root has the kernel map them, so that the disk keeps the ids of the image and of the container. Where the
kernel or the file system cannot, and for users, the layers are copied for other ids, and what the container
writes has these ids on the disk.
"""

import errno
import os

from pyker.base.errors import PykerError
from pyker.mount.overlay import mount_root
from pyker.mount.shifted import shifted_layers
from pyker.namespaces.maps import Maps, map_text, user_namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home

MARK = "shifted"  # a file of the container's directory: its root was once put together of copies
ENGINE = (1 << 32) - 2  # whom the disk says made what the kernel makes in our name: whiteouts, work files


def mount_mapped(
    home: "Home", identity: str, driver: str, lowers: "list[str]", maps: Maps, *, volatile: bool
) -> None:
    """Mount the root of container *identity* for the ids of *maps*; PykerError when it cannot be done."""
    mark = home.below("containers", identity, MARK)
    if not home.rootless and not os.path.exists(mark):
        try:
            _mount(home, identity, driver, lowers, maps, volatile=volatile)
            return
        except PykerError as error:
            if getattr(error.__cause__, "errno", 0) not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
    copies = shifted(lowers, maps)
    _give_upper(home, identity, maps)
    with open(mark, "wb"):
        pass
    mount_root(home, identity, driver, copies, volatile=volatile)


def shifted(lowers: "list[str]", maps: Maps) -> "list[str]":
    """Copies of the layers *lowers* whose files belong to the ids of *maps*, made when they are missing."""
    return shifted_layers(lowers, maps.owner, _name(maps))


def _mount(
    home: "Home", identity: str, driver: str, lowers: "list[str]", maps: Maps, *, volatile: bool
) -> None:
    userns = user_namespace(Maps(_with_engine(maps.uids), _with_engine(maps.gids)))
    try:
        mount_root(home, identity, driver, lowers, volatile=volatile, userns=userns)
    finally:
        os.close(userns)


def _with_engine(rows: "tuple[tuple[int, int, int], ...]") -> "tuple[tuple[int, int, int], ...]":
    """*rows*, and one for ourselves, who put the overlay together: it makes files in our name."""
    if any(other <= 0 < other + count for _, other, count in rows):
        return rows
    return (*rows, (ENGINE, 0, 1))


def _give_upper(home: "Home", identity: str, maps: Maps) -> None:
    """The writable directory is the container's "/", whose owner is its root."""
    os.chown(home.below("containers", identity, "upper"), *maps.owner(0, 0))


def _name(maps: Maps) -> str:
    """What tells *maps* from others."""
    from hashlib import sha256

    return sha256(f"{map_text(maps.uids)}/{map_text(maps.gids)}".encode()).hexdigest()[:16]
