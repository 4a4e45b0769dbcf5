"""Mounting: one function, one system call, and the constants of linux/mount.h."""

import _struct

from pyker.kernel.libc import fs_text, syscall

RDONLY, NOSUID, NODEV, NOEXEC, SYNCHRONOUS = 1, 2, 4, 8, 16
REMOUNT, MANDLOCK, DIRSYNC, NOSYMFOLLOW, NOATIME, NODIRATIME = 32, 64, 128, 256, 1024, 2048
BIND, MOVE, REC, SILENT = 4096, 8192, 16384, 32768
UNBINDABLE, PRIVATE, SLAVE, SHARED = 1 << 17, 1 << 18, 1 << 19, 1 << 20
RELATIME, STRICTATIME, LAZYTIME = 1 << 21, 1 << 24, 1 << 25

DETACH = 2
UMOUNT_NOFOLLOW = 8

OPEN_TREE_CLONE = 1
OPEN_TREE_CLOEXEC = 0o2000000
AT_EMPTY_PATH = 0x1000
AT_RECURSIVE = 0x8000
MOVE_F_EMPTY_PATH = 0x4
MOVE_T_EMPTY_PATH = 0x40

ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC = 1, 2, 4, 8
ATTR_NOATIME, ATTR_STRICTATIME, ATTR_NODIRATIME, ATTR_IDMAP = 0x10, 0x20, 0x80, 0x100000
ATTR_ATIME_MASK = 0x70

AT_FDCWD = -100


def mount(source: str, target: str, fstype: str = "", flags: int = 0, data: str = "") -> None:
    """See mount(2)."""
    syscall("mount", fs_text(source), fs_text(target), fs_text(fstype), flags, fs_text(data), about=target)


def umount(target: str, flags: int = DETACH) -> None:
    """See umount2(2)."""
    syscall("umount2", fs_text(target), flags, about=target)


def pivot_root(new_root: str, put_old: str) -> None:
    """See pivot_root(2)."""
    syscall("pivot_root", fs_text(new_root), fs_text(put_old), about=new_root)


def open_tree(directory: int, path: str, flags: int) -> int:
    """A descriptor for the mount at *path*; with OPEN_TREE_CLONE a detached copy. See open_tree(2)."""
    return syscall("open_tree", directory, fs_text(path), flags | OPEN_TREE_CLOEXEC, about=path)


def move_mount(tree: int, target: int, target_path: str = "") -> None:
    """Attach the detached *tree* on the open *target* (or *target_path* below it). See move_mount(2)."""
    flags = MOVE_F_EMPTY_PATH | (0 if target_path else MOVE_T_EMPTY_PATH)
    syscall("move_mount", tree, b"", target, fs_text(target_path), flags, about=target_path)


def set_attributes(
    tree: int, *, add: int = 0, clear: int = 0, propagation: int = 0, userns: int = 0, recursive: bool = False
) -> None:
    """Change the attributes of the mount behind descriptor *tree*. See mount_setattr(2)."""
    attributes = _struct.pack("=QQQQ", add, clear, propagation, userns)
    flags = AT_EMPTY_PATH | (AT_RECURSIVE if recursive else 0)
    syscall("mount_setattr", tree, b"", flags, attributes, len(attributes))
