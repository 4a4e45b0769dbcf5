"""Stacking layer directories and a writable one into a container's root.

Every driver reads the same layers: a deleted name is a character device 0:0, an opaque directory carries
the xattr "overlay.opaque" below "trusted." for root and below "user." for users (overlayfs.rst).
"""

import errno
import os

from pyker.base.errors import PykerError
from pyker.base.value import Value
from pyker.kernel import mounts
from pyker.kernel.paths import fd_path
from pyker.kernel.tree import remove_tree
from pyker.mount.driver import FUSE, OPTIONS, VFS
from pyker.mount.driver import choose_driver as choose_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyker.base.home import Home

MAX_DATA = 4000  # mount(2) copies one page of options


class RootMount(Value):
    """One mount(2) that makes a root, written down."""

    source: str
    target: str
    fstype: str
    flags: int
    data: str


def root_mount(
    driver: str, lowers: "Sequence[str]", upper: str, work: str, target: str, *, volatile: bool = False
) -> RootMount:
    """The mount that stacks *lowers* (topmost first) below *upper* at *target*, by a kernel overlay *driver*.

    *volatile* never syncs: for a root that nobody will want after a crash.
    """
    extra = OPTIONS[driver] + (",volatile" if volatile else "")
    # The kernel wants the topmost directory first: see "lowerdir" in overlayfs.rst.
    data = f"lowerdir={':'.join(lowers)},upperdir={upper},workdir={work},{extra}"
    return RootMount("overlay", target, "overlay", 0, data)


def mount_root(
    home: "Home",
    container_id: str,
    driver: str,
    lowers: "Sequence[str]",
    *,
    volatile: bool = False,
    userns: int = -1,
) -> None:
    """Mount the root of *container_id* at its merged/ directory in the current (private) mount namespace.

    With the descriptor *userns* its files are those of that user namespace, and on the disk those of its
    ids inside. Raises PykerError saying what the kernel refused.
    """
    place = home.below("containers", container_id)
    for name in ("upper", "work", "merged"):
        _ensure(os.path.join(place, name))
    stack = list(lowers)
    if not stack:  # an image from scratch: overlay wants one lower directory at least
        stack.append(os.path.join(place, "empty"))
        _ensure(stack[0])
    try:
        if userns < 0:
            _mount(driver, stack, place, volatile=volatile)
        else:
            _mount_idmapped(driver, stack, place, userns, volatile=volatile)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PykerError(
            f"cannot mount the root of container {container_id[:12]} with driver {driver}: {reason}"
        ) from error


def _mount(driver: str, stack: "list[str]", place: str, *, volatile: bool) -> None:
    upper, work, merged = (os.path.join(place, name) for name in ("upper", "work", "merged"))
    if driver == VFS:
        from pyker.mount.vfs import mount_copy

        mount_copy(stack, merged)
    elif driver == FUSE:
        from pyker.mount.fuse import mount_fuse

        mount_fuse(stack, upper, work, merged)
    else:
        _forget_volatile(work)
        _mount_overlay(root_mount(driver, stack, upper, work, merged, volatile=volatile), stack)


def _mount_idmapped(driver: str, stack: "list[str]", place: str, userns: int, *, volatile: bool) -> None:
    from pyker.mount.idmapped import Idmapped, cover

    if driver == VFS:
        _mount(driver, stack, place, volatile=volatile)
        cover(f"{place}/merged", userns)
        return
    if driver == FUSE:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    # The overlay must hang on the directory itself: what covers it goes away.
    merged = os.open(f"{place}/merged", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _forget_volatile(f"{place}/work")
        upper, work = f"{place}/upper", f"{place}/work"
        plan = root_mount(driver, stack, upper, work, fd_path(merged), volatile=volatile)
        with Idmapped((*stack, place), userns):
            _mount_overlay(plan, stack)
    finally:
        os.close(merged)


def _ensure(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass


def _mount_overlay(plan: RootMount, stack: "list[str]") -> None:
    if len(plan.data) <= MAX_DATA:
        mounts.mount(plan.source, plan.target, plan.fstype, plan.flags, plan.data)
        return
    opened: list[int] = []
    try:
        opened.extend(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for path in stack)
        short = ":".join(f"/proc/self/fd/{descriptor}" for descriptor in opened)
        data = plan.data.replace(":".join(stack), short, 1)
        mounts.mount(plan.source, plan.target, plan.fstype, plan.flags, data)
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _forget_volatile(work: str) -> None:
    """Let a root that was once mounted volatile be mounted again: see "Volatile mount" in overlayfs.rst."""
    mark = os.path.join(work, "work", "incompat")
    if os.path.lexists(mark):
        remove_tree(mark)
