"""Trying storage drivers: mount one in a child's mount namespace and do what needs most of it."""

import os

from pyker.kernel import mounts
from pyker.kernel.probe import attempt, enter_private_namespace
from pyker.kernel.tree import remove_tree
from pyker.mount.driver import FUSE, OPTIONS, VFS
from pyker.mount.fuse import mount_fuse


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
        return attempt(lambda: _exercise(driver, place))
    finally:
        remove_tree(place)


def _exercise(driver: str, place: str) -> None:
    """Mount and do what needs most of the driver: replace a directory of the lower layer."""
    enter_private_namespace()
    lower, upper, work, merged = (os.path.join(place, name) for name in ("lower", "upper", "work", "merged"))
    if driver == FUSE:
        mount_fuse([lower], upper, work, merged)
    else:
        data = f"lowerdir={lower},upperdir={upper},workdir={work},{OPTIONS[driver]}"
        mounts.mount("overlay", merged, "overlay", 0, data)
    os.rmdir(os.path.join(merged, "inside"))
    os.mkdir(os.path.join(merged, "inside"))
    mounts.umount(merged)
