"""The one loop that mounts: OCI mounts onto the inside of a root, before it becomes "/".

Each mount is first a detached tree (a clone of a place on the host, or a new file system), gets its
attributes while nobody can see it, and is then attached to a target that is held by a descriptor.
"""

import errno
import os
import stat

from pyker.base.errors import InvalidError, NotFoundError, PykerError, UnsupportedError
from pyker.kernel import mounts as m
from pyker.kernel.fsmount import new_filesystem
from pyker.kernel.paths import O_PATH, fd_path, open_in_root
from pyker.mount.control import NAMED, mount_cgroup, open_named
from pyker.mount.devices import make_devices as make_devices
from pyker.mount.options import MountOptions, parse_options
from pyker.mount.protect import mask_paths as mask_paths
from pyker.mount.protect import protect_paths as protect_paths
from pyker.mount.protect import protect_root as protect_root
from pyker.mount.target import open_fixed_target, open_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    OciMount = Mapping[str, Any]

# What lxcfs and its like may put over /proc: single files that no engine writes to.
_PROC_NAMES = ("cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev")
_PROC_FILES = frozenset(f"/proc/{name}" for name in _PROC_NAMES)
_OPEN = 0o1777
_KERNEL_TYPES = frozenset(("proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"))


def open_sources(mounts: "Sequence[OciMount]") -> "dict[str, int]":
    """A detached clone of the source of each bind among *mounts*, by destination.

    For sources that only this process's mount namespace or identity can reach, and for "shared"
    propagation, which must be taken up where the host's mounts still are the host's.
    """
    opened = {}
    for mount in mounts:
        options = options_of(mount)
        if options.bind:
            opened[mount["destination"]] = clone_source(mount["source"], options)
    return opened


def options_of(mount: "OciMount") -> MountOptions:
    """The options of OCI *mount*; type "bind" alone makes it one."""
    words = list(mount.get("options") or ())
    kind = mount.get("type")
    if kind in ("bind", "rbind") and not {"bind", "rbind"} & set(words):
        words.append(kind)
    return parse_options(words)


def clone_source(source: str, options: MountOptions) -> int:
    """A detached clone of the mount at *source* on the host; NotFoundError in Docker's words when missing."""
    flags = m.OPEN_TREE_CLONE | (m.AT_RECURSIVE if options.recursive else 0)
    try:
        return m.open_tree(m.AT_FDCWD, source, flags)
    except FileNotFoundError:
        raise NotFoundError(
            f'invalid mount config for type "bind": bind source path does not exist: {source}'
        ) from None


def apply_mounts(
    root: int,
    mounts: "Sequence[OciMount]",
    *,
    rootless: bool = False,
    sources: "Mapping[str, int] | None" = None,
) -> None:
    """Mount *mounts* in order inside the open *root*, in this process's own mount namespace.

    *sources* are trees from open_sources, which are used up. Raises PykerError that names the
    destination; what was mounted before stays for the namespace to drop.
    """
    loop = _Loop(root, sources or {}, rootless=rootless)
    for mount in mounts:
        try:
            loop.mount(mount)
        except OSError as error:
            what = error.filename or mount.get("source") or mount.get("type")
            reason = error.strerror or str(error)
            raise PykerError(f"cannot mount {what} at {mount['destination']}: {reason}", code=125) from error


class _Loop:
    """What one mount must know of those before it: where the real /proc is."""

    def __init__(self, root: int, sources: "Mapping[str, int]", *, rootless: bool) -> None:
        self.root = root
        self.sources = sources
        self.rootless = rootless
        self.process_files: set[int] = set()  # device numbers of what was mounted as /proc

    def mount(self, mount: "OciMount") -> None:
        """Make the tree of *mount*, then attach it."""
        options = options_of(mount)
        destination = _normal(mount["destination"])
        if mount.get("type") == "cgroup" and not options.bind:
            target = open_fixed_target(self.root, destination)
            if mount.get("source") == NAMED:
                open_named(target)
            else:
                mount_cgroup(target, options.add, rootless=self.rootless)
            return
        if options.remount:
            self._change_mounted(destination, options)
            return
        fixed = self._is_fixed(mount, options, destination)
        if mount.get("type") == "tmpfs" and not options.bind:
            options = self._with_mode(destination, options, fixed=fixed)
        tree = self._tree(mount, options)
        try:
            self._attach(tree, destination, options, fixed=fixed)
        finally:
            os.close(tree)

    def _change_mounted(self, destination: str, options: MountOptions) -> None:
        """Give what is mounted at *destination* other attributes. See MS_REMOUNT in mount(2)."""
        target = open_in_root(self.root, destination, O_PATH)
        try:
            self._refuse_process_files(target, destination)
            _change(target, options.add, options.clear, recursive=False, rootless=self.rootless)
        finally:
            os.close(target)

    def _is_fixed(self, mount: "OciMount", options: MountOptions, destination: str) -> bool:
        """Whether no link may stand on the way; InvalidError for what may not be mounted there at all."""
        if destination == "/":
            raise InvalidError("invalid mount: destination can't be '/'")
        if destination == "/proc" or destination.startswith("/proc/"):
            genuine = mount.get("type") == "proc" or (options.bind and mount.get("source") == "/proc")
            if not (genuine and destination == "/proc") and destination not in _PROC_FILES:
                raise InvalidError(f"{destination} cannot be mounted because it is inside /proc")
        if mount.get("type") in _KERNEL_TYPES:
            return True
        return not options.bind and (destination == "/dev" or destination.startswith("/dev/"))

    def _with_mode(self, destination: str, options: MountOptions, *, fixed: bool) -> MountOptions:
        """A tmpfs without a mode of its own has that of the directory it covers, as with runc.

        One that is made for it is open to all, as a tmpfs is, so that the next start finds the same.
        """
        if any(word.startswith("mode=") for word in options.data):
            return options
        try:
            covered = open_in_root(self.root, destination, O_PATH)
        except FileNotFoundError:
            if fixed:
                return options
            covered = open_target(self.root, destination, directory=True)
            os.chmod(fd_path(covered), _OPEN)
        mode = stat.S_IMODE(os.fstat(covered).st_mode)
        os.close(covered)
        return options.replace(data=(*options.data, f"mode={mode:o}"))

    def _tree(self, mount: "OciMount", options: MountOptions) -> int:
        if options.bind:
            tree = self.sources.get(mount["destination"], -1)
            if tree < 0 and options.idmap:
                raise InvalidError(f"mount {mount['destination']}: nobody has mapped its ids")
            if tree < 0:
                tree = clone_source(mount["source"], options)
            _set_attributes(tree, options, rootless=self.rootless)
            return tree
        tree = _new_filesystem(mount, options, rootless=self.rootless)
        if options.propagation:
            m.set_attributes(tree, propagation=options.propagation)
        return tree

    def _attach(self, tree: int, destination: str, options: MountOptions, *, fixed: bool) -> None:
        if fixed:
            target = open_fixed_target(self.root, destination)
        else:
            directory = stat.S_ISDIR(os.fstat(tree).st_mode)
            target = open_target(self.root, destination, directory=directory)
        try:
            self._refuse_process_files(target, destination)
            if options.copy_up:
                _copy_up(target, tree)
            m.move_mount(tree, target)
        finally:
            os.close(target)
        if destination == "/proc":
            self.process_files.add(os.fstat(tree).st_dev)

    def _refuse_process_files(self, target: int, destination: str) -> None:
        """Nothing covers /proc, by whatever links a destination leads there (CVE-2019-19921)."""
        if os.fstat(target).st_dev in self.process_files and destination not in _PROC_FILES:
            raise InvalidError(f"{destination} cannot be mounted because it leads into /proc")


def _normal(destination: str) -> str:
    """*destination* absolute, without empty and "." parts; ".." is left to the kernel."""
    return "/" + "/".join(part for part in destination.split("/") if part not in ("", "."))


def _set_attributes(tree: int, options: MountOptions, *, rootless: bool) -> None:
    """Give the clone *tree* its attributes: private unless said otherwise, "ro" for itself, "rro" for all."""
    propagation = options.propagation or m.PRIVATE
    recursive = options.propagation_recursive or not options.propagation
    _change(tree, options.add_recursive, options.clear_recursive, recursive=True, rootless=rootless)
    m.set_attributes(tree, propagation=propagation, recursive=recursive)
    # "rw" takes nothing away: a source that is read-only on the host stays so, as with mount --bind.
    _change(tree, options.add, options.clear & ~m.ATTR_RDONLY, recursive=False, rootless=rootless)


def _change(tree: int, add: int, clear: int, *, recursive: bool, rootless: bool) -> None:
    if not add | clear:
        return
    try:
        m.set_attributes(tree, add=add, clear=clear, recursive=recursive)
    except PermissionError:
        # A user may not take away what the host has locked: see "Restrictions" in mount_namespaces(7).
        if not rootless or not clear:
            raise
        m.set_attributes(tree, add=add & ~m.ATTR_ATIME_MASK, recursive=recursive)


def _new_filesystem(mount: "OciMount", options: MountOptions, *, rootless: bool) -> int:
    """The root of the new file system that *mount* asks for; what users may not make is explained."""
    fstype, source = str(mount["type"]), str(mount.get("source") or mount["type"])
    try:
        return new_filesystem(fstype, source, options.data, options.add | options.add_recursive)
    except OSError as error:
        if fstype == "devpts" and error.errno == errno.EINVAL and rootless:
            # No group 5 in this user namespace: terminals then belong to the group of who opens them.
            rest = [word for word in options.data if not word.startswith("gid=")]
            return new_filesystem(fstype, source, rest, options.add | options.add_recursive)
        if error.errno == errno.EPERM and fstype == "sysfs" and rootless:
            return _host_sysfs()
        if error.errno == errno.EPERM and fstype == "proc" and rootless:
            raise UnsupportedError(
                "this user may not mount a new /proc",
                hint="something covers parts of the host's /proc: a container that allows no nesting?",
            ) from error
        raise


def _host_sysfs() -> int:
    """The host's /sys read-only: a new one is not granted where parts of the host's are covered."""
    tree = m.open_tree(m.AT_FDCWD, "/sys", m.OPEN_TREE_CLONE | m.AT_RECURSIVE)
    add = m.ATTR_RDONLY | m.ATTR_NOSUID | m.ATTR_NODEV | m.ATTR_NOEXEC
    m.set_attributes(tree, add=add, propagation=m.PRIVATE, recursive=True)
    return tree


def _copy_up(target: int, tree: int) -> None:
    """Fill the new *tree* with what it is about to cover."""
    from pyker.kernel.paths import CLOEXEC_DIRECTORY
    from pyker.mount.copying import copy_content

    source = os.open(".", CLOEXEC_DIRECTORY, dir_fd=target)
    try:
        copy_content(source, tree)
    finally:
        os.close(source)
