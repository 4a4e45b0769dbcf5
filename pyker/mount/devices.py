"""The nodes and links of a container's /dev: made with mknod(2), or the host's own bound for users."""

import errno
import os
import stat

from pyker.base.errors import InvalidError, PykerError
from pyker.kernel import mounts as m
from pyker.kernel.paths import CLOEXEC_DIRECTORY, IN_ROOT, NO_MAGICLINKS, NO_SYMLINKS, openat2
from pyker.mount.target import open_fixed_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    OciDevice = Mapping[str, Any]

LINKS = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("core", "/proc/kcore"),
    ("ptmx", "pts/ptmx"),
)
_KINDS = {"c": stat.S_IFCHR, "u": stat.S_IFCHR, "b": stat.S_IFBLK, "p": stat.S_IFIFO}


def make_devices(root: int, devices: "Sequence[OciDevice]", *, rootless: bool = False) -> None:
    """Make OCI *devices* and the usual links in /dev of the open *root*; what is there must be the same.

    Raises PykerError naming the device; a link or another file in its place is refused (CVE-2025-31133).
    """
    directory = openat2(root, "dev", CLOEXEC_DIRECTORY, IN_ROOT | NO_MAGICLINKS | NO_SYMLINKS)
    try:
        for device in devices:
            _make(root, directory, device, rootless=rootless)
        for name, target in LINKS:
            _link(directory, name, target)
    finally:
        os.close(directory)


def _make(root: int, dev: int, device: "OciDevice", *, rootless: bool) -> None:
    parent, _, name = device["path"].rpartition("/")
    holder = dev if parent == "/dev" else _subdirectory(root, parent)
    try:
        if rootless:
            _bind(holder, name, device)
        else:
            _mknod(holder, name, device)
    except OSError as error:
        raise PykerError(f"cannot make device {device['path']}: {error.strerror}", code=125) from error
    finally:
        if holder != dev:
            os.close(holder)


def _subdirectory(root: int, path: str) -> int:
    target = open_fixed_target(root, path)
    try:
        return os.open(".", CLOEXEC_DIRECTORY, dir_fd=target)
    finally:
        os.close(target)


def _number(device: "OciDevice") -> int:
    return os.makedev(device.get("major", 0), device.get("minor", 0))


def _mknod(holder: int, name: str, device: "OciDevice") -> None:
    kind, permissions = _KINDS[device["type"]], device.get("fileMode", 0o666)
    try:
        os.mknod(name, kind | permissions, _number(device), dir_fd=holder)
    except FileExistsError:
        _check_node(os.lstat(name, dir_fd=holder), device)
        return
    except PermissionError:  # root without CAP_MKNOD
        _bind(holder, name, device)
        return
    os.chmod(name, permissions, dir_fd=holder)  # the umask had its say in mknod(2)
    owner, group = device.get("uid") or 0, device.get("gid") or 0
    if owner or group:
        os.chown(name, owner, group, dir_fd=holder)


def _check_node(status: os.stat_result, device: "OciDevice") -> None:
    if stat.S_IFMT(status.st_mode) != _KINDS[device["type"]] or status.st_rdev != _number(device):
        raise InvalidError(f"{device['path']} is there already and not the device {_describe(device)}")


def _describe(device: "OciDevice") -> str:
    return f"{device['type']} {device.get('major', 0)}:{device.get('minor', 0)}"


def _bind(holder: int, name: str, device: "OciDevice") -> None:
    """Bind the host's node of the same number onto an empty file of ours."""
    tree = m.open_tree(m.AT_FDCWD, device.get("source") or device["path"], m.OPEN_TREE_CLONE)
    try:
        _check_node(os.fstat(tree), device)
        if target := _empty_file(holder, name, device):
            m.move_mount(tree, target)
            os.close(target)
    finally:
        os.close(tree)


def _empty_file(holder: int, name: str, device: "OciDevice") -> int:
    """A new file *name* to mount on, as a descriptor; 0 when the device itself is there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, 0o666, dir_fd=holder)
    except FileExistsError:
        _check_node(os.lstat(name, dir_fd=holder), device)
        return 0


def _link(directory: int, name: str, target: str) -> None:
    try:
        os.symlink(target, name, dir_fd=directory)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.EROFS):
            raise
