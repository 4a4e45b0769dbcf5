"""The container's view of /sys/fs/cgroup: one cgroup2 mount, or a tmpfs with one mount a v1 hierarchy.

See cgroup_namespaces(7): a mount made inside a new cgroup namespace shows the container's own group as
the root and nothing above it.
"""

import errno
import os

from pyker.kernel import mounts as m
from pyker.kernel.fsmount import new_filesystem
from pyker.kernel.paths import fd_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACE = "/sys/fs/cgroup"
NAMED = "systemd"
_FIRST_NAMESPACE = "cgroup:[4026531835]"  # PROC_CGROUP_INIT_INO of the kernel: the host's own
_UNSUITED = (errno.EPERM, errno.EBUSY, errno.EINVAL, errno.ENODEV)


def mount_cgroup(target: int, attributes: int, *, rootless: bool) -> None:
    """Mount the control groups of this process on the open *target* (closed here) with mount *attributes*."""
    try:
        groups = dict(own_groups())
        if set(groups) == {""}:
            _attach(_unified(groups[""], attributes), target)
        elif not rootless:  # the v1 files of the host mean nothing to a user who owns no group there
            _mount_hierarchies(target, groups, attributes)
    finally:
        os.close(target)


def open_named(target: int) -> None:
    """Let the open *target* (closed here), the v1 tree that systemd keeps its units in, be written to."""
    try:
        m.set_attributes(target, clear=m.ATTR_RDONLY)
    except OSError as error:
        if error.errno != errno.EINVAL:  # nothing is mounted there: this machine has no such tree
            raise
    finally:
        os.close(target)


def own_groups() -> "Iterator[tuple[str, str]]":
    """(controllers, path of this process's group) of every hierarchy; "" for v2. See cgroups(7)."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            yield controllers, path


def _mount_hierarchies(target: int, groups: "dict[str, str]", attributes: int) -> None:
    """A tmpfs with a directory for each v1 hierarchy, as the host has them, made read-only in one go."""
    base = new_filesystem("tmpfs", "tmpfs", ("mode=755", "size=64k"), attributes & ~m.ATTR_RDONLY)
    try:
        m.move_mount(base, target)  # a detached tree takes no further mounts before Linux 6.15
        for controllers, path in groups.items():
            name = controllers.removeprefix("name=") or "unified"
            if os.path.isdir(f"{_PLACE}/{name}"):
                os.mkdir(name, 0o755, dir_fd=base)
                _link_controllers(base, name)
                _mount_hierarchy(controllers, f"{_PLACE}/{name}{path}", f"{fd_path(base)}/{name}", attributes)
        if attributes & m.ATTR_RDONLY:
            m.set_attributes(base, add=m.ATTR_RDONLY, recursive=True)
    finally:
        os.close(base)


def _link_controllers(base: int, name: str) -> None:
    """Cpu → cpu,cpuacct: programs look for a controller by its own name."""
    if "," in name:
        for controller in name.split(","):
            os.symlink(name, controller, dir_fd=base)


def _mount_hierarchy(controllers: str, own: str, target: str, attributes: int) -> None:
    """Mount one v1 hierarchy (or the empty v2 one) on *target*, a directory of our own tmpfs."""
    flags = attributes & (m.NOSUID | m.NODEV | m.NOEXEC)  # the same bits for mount(2) and mount_setattr(2)
    if _in_first_namespace():
        m.mount(own, target, "", m.BIND)
    elif not controllers:
        m.mount("cgroup", target, "cgroup2", flags)
    else:
        none = "none," if controllers.startswith("name=") else ""
        m.mount("cgroup", target, "cgroup", flags, none + controllers)


def _unified(path: str, attributes: int) -> int:
    """The v2 hierarchy; mounted anew only in a namespace of its own, or the host's flags would change."""
    if _in_first_namespace():
        return _clone(f"{_PLACE}{path}", attributes)
    try:
        return new_filesystem("cgroup2", "cgroup", (), attributes)
    except OSError as error:
        if error.errno not in _UNSUITED:
            raise
        return _clone(_PLACE, attributes | m.ATTR_RDONLY)


def _in_first_namespace() -> bool:
    return os.readlink("/proc/self/ns/cgroup") == _FIRST_NAMESPACE


def _clone(path: str, attributes: int) -> int:
    tree = m.open_tree(m.AT_FDCWD, path, m.OPEN_TREE_CLONE)
    m.set_attributes(tree, add=attributes, propagation=m.PRIVATE)
    return tree


def _attach(tree: int, target: int) -> None:
    try:
        m.move_mount(tree, target)
    finally:
        os.close(tree)
