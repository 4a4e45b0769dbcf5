"""Which storage driver serves a home: asked of the kernel once, with the reason, and remembered."""

import os

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, UnsupportedError
from pyker.kernel import mounts, namespaces
from pyker.kernel.tree import remove_tree
from pyker.mount.fuse import mount_fuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

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


def probe_drivers(graph: str, candidates: "tuple[str, ...]") -> "tuple[str, str]":
    """The first of *candidates* that works below *graph*, else vfs, with what the better ones lacked."""
    lacking: list[str] = []
    for driver in candidates:
        refusal = try_driver(graph, driver)
        if not refusal:
            return driver, "; ".join([*lacking, f"{driver} works on {graph}"])
        lacking.append(f"{driver}: {refusal}")
    return VFS, "; ".join(lacking)


def try_driver(graph: str, driver: str) -> str:
    """Why *driver* does not work below *graph*; "" when it does. Tried in a child's mount namespace."""
    place = os.path.join(graph, f".probe-{os.getpid()}")
    for name in ("lower/inside", "upper", "work", "merged"):
        os.makedirs(os.path.join(place, name))
    try:
        return _in_child(driver, place)
    finally:
        remove_tree(place)


def _in_child(driver: str, place: str) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _report(driver, place, writer)
    os.close(writer)
    with open(reader, encoding="utf-8") as answer:
        refusal = answer.read()
    _, status = os.waitpid(child, 0)
    return refusal if status == 0 else refusal or f"the probe ended with status {status}"


def _report(driver: str, place: str, writer: int) -> "NoReturn":
    """The child's half: try, say what went wrong, leave."""
    try:
        _exercise(driver, place)
    except (OSError, UnsupportedError) as error:
        os.write(writer, (getattr(error, "strerror", None) or str(error)).encode())
    finally:
        os._exit(0)


def _exercise(driver: str, place: str) -> None:
    """Mount and do what needs most of the driver: replace a directory of the lower layer."""
    _enter_private_namespace()
    lower, upper, work, merged = (os.path.join(place, name) for name in ("lower", "upper", "work", "merged"))
    if driver == FUSE:
        mount_fuse([lower], upper, work, merged)
    else:
        data = f"lowerdir={lower},upperdir={upper},workdir={work},{OPTIONS[driver]}"
        mounts.mount("overlay", merged, "overlay", 0, data)
    os.rmdir(os.path.join(merged, "inside"))
    os.mkdir(os.path.join(merged, "inside"))
    mounts.umount(merged)


def _enter_private_namespace() -> None:
    if os.geteuid() == 0:
        namespaces.unshare(namespaces.NEWNS)
        mounts.mount("", "/", "", mounts.REC | mounts.PRIVATE)
        return
    user, group = os.geteuid(), os.getegid()
    namespaces.unshare(namespaces.NEWUSER | namespaces.NEWNS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
