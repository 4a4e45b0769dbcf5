"""Which storage driver serves a home: asked of the kernel once, with the reason, and remembered."""

import os

from pyker.base import jsonfile
from pyker.base.errors import CorruptError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home

NATIVE, USERXATTR, FUSE, VFS = "overlay", "overlay-userxattr", "fuse-overlayfs", "vfs"

# What a kernel may switch on by default and what would make an upper directory unfit to become a layer:
# see "Metadata only copy up", "redirect_dir" and "inode index" in overlayfs.rst.
OPTIONS = {NATIVE: "redirect_dir=off,metacopy=off,index=off", USERXATTR: "userxattr"}

_CANDIDATES = {False: (NATIVE, FUSE), True: (USERXATTR, FUSE)}


def choose_driver(home: "Home", rootless: bool) -> "tuple[str, str]":  # noqa: FBT001 - reads as it is called
    """The storage driver for *home* and why it is the one; probed when this kernel has not been asked yet."""
    path = home.below("driver.json")
    known = _remembered(path)
    if known is None:
        from pyker.mount.trial import probe_drivers

        driver, reason = probe_drivers(home.graph, _CANDIDATES[rootless])
        record = {"version": 1, "driver": driver, "reason": reason, "kernel": os.uname().release}
        jsonfile.write(path, record, durable=False)
        return driver, reason
    return known


def _remembered(path: str) -> "tuple[str, str] | None":
    try:
        record = jsonfile.read(path)
        if record["kernel"] == os.uname().release:
            return record["driver"], record["reason"]
    except (FileNotFoundError, CorruptError, KeyError, TypeError):
        pass
    return None
