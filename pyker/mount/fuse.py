"""fuse-overlayfs: the overlay of users whose kernel or file system has none for them.

The mount is made here and handed over as /dev/fd/N (see fuse(8) and libfuse's fuse_session_mount), and the
program runs in a mount namespace where that mount does not exist. So nothing it holds keeps the mount
alive: when the container's namespace dies, the kernel hangs up and the program ends by itself.
"""

import os

from pyker.base.errors import UnsupportedError
from pyker.kernel import mounts, namespaces
from pyker.kernel.process import close_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

PROGRAM = "/usr/bin/fuse-overlayfs"


def mount_fuse(lowers: "Sequence[str]", upper: str, work: str, merged: str) -> None:
    """Mount fuse-overlayfs at *merged*, *lowers* topmost first; UnsupportedError says what is missing."""
    if not os.access(PROGRAM, os.X_OK):
        raise UnsupportedError(f"{PROGRAM} is not installed", hint="apt install fuse-overlayfs")
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        raise UnsupportedError(f"/dev/fuse cannot be opened: {error.strerror}") from error
    try:
        options = f"fd={device},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other"
        mounts.mount("fuse-overlayfs", merged, "fuse.fuse-overlayfs", mounts.NODEV, options)
        _start(device, f"lowerdir={':'.join(lowers)},upperdir={upper},workdir={work}", merged)
    finally:
        os.close(device)
    os.stat(merged)  # waits for the program's first answer; ENOTCONN when it has died


def _start(device: int, layers: str, merged: str) -> None:
    """Fork twice, so that the program is nobody's child and the caller has nothing to wait for."""
    child = os.fork()
    if child == 0:
        try:
            if os.fork() == 0:
                _become_program(device, layers, merged)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _become_program(device: int, layers: str, merged: str) -> "NoReturn":
    try:
        os.setsid()
        namespaces.unshare(namespaces.NEWNS)
        mounts.umount(merged)
        quiet = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        close_from(3, keep=(device,))
        os.set_inheritable(device, True)
        os.execve(PROGRAM, [PROGRAM, "-f", "-o", layers, f"/dev/fd/{device}"], {})
    finally:
        os._exit(127)
