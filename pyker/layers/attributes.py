"""Owner, mode, xattrs and times of what a layer holds.

The order is the kernel's: chown(2) clears set-id bits and security.capability, so mode and xattrs come
after it, and times last.
"""

import errno
import os

from pyker.base.tarheader import Member
from pyker.kernel.paths import fd_path

_SETID = 0o6000
_OVERLAY = (b"trusted.overlay.", b"user.overlay.", b"user.fuseoverlayfs.")
_UNKNOWN_HERE = {errno.EOPNOTSUPP, errno.EPERM, errno.EINVAL, errno.EACCES}


class Attributes:
    """Gives files what their tar entry says; *lenient* in a user namespace, where not every owner exists."""

    def __init__(self, *, lenient: bool = False) -> None:
        self._lenient = lenient
        self._owner = (os.geteuid(), os.getegid())
        self._umask = _umask()

    def of_file(self, descriptor: int, member: Member) -> None:
        """For the regular file open as *descriptor*, made with the entry's mode."""
        mode = member.mode
        if (member.uid, member.gid) != self._owner:
            self._chown(descriptor, member)
        if mode & (self._umask | _SETID):  # in a user namespace write(2) clears set-id bits as well
            os.fchmod(descriptor, mode)
        if member.xattrs:
            self._set_xattrs(descriptor, member)
        os.utime(descriptor, ns=(member.mtime, member.mtime))

    def of_directory(self, descriptor: int, member: "Member | None", *, opaque: bool) -> None:
        """For an open directory; one that no entry described gets mode 755."""
        if member is None:
            os.fchmod(descriptor, 0o755)
        else:
            if (member.uid, member.gid) != self._owner:
                self._chown(descriptor, member)
            os.fchmod(descriptor, member.mode)
            self._set_xattrs(descriptor, member)
        if opaque:
            _make_opaque(descriptor)
        if member is not None:
            os.utime(descriptor, ns=(member.mtime, member.mtime))

    def of_name(self, parent: int, name: bytes, member: Member) -> None:
        """For what cannot be opened: symbolic links, devices, FIFOs."""
        if (member.uid, member.gid) != self._owner:
            self._chown(name, member, parent)
        if member.kind != b"2":
            os.chmod(name, member.mode, dir_fd=parent)
        if member.xattrs:
            self._set_xattrs(os.fsencode(fd_path(parent)) + b"/" + name, member)
        os.utime(name, ns=(member.mtime, member.mtime), dir_fd=parent, follow_symlinks=False)

    def _chown(self, target: "int | bytes", member: Member, parent: "int | None" = None) -> None:
        try:
            if isinstance(target, int):
                os.fchown(target, member.uid, member.gid)
            else:
                os.chown(target, member.uid, member.gid, dir_fd=parent, follow_symlinks=False)
        except OSError as error:
            if not self._lenient or error.errno not in (errno.EINVAL, errno.EPERM):
                raise

    def _set_xattrs(self, target: "int | bytes", member: Member) -> None:
        for name, value in member.xattrs.items():
            if not wanted(name):
                continue
            try:
                if isinstance(target, int):
                    os.setxattr(target, name, value)
                else:
                    os.setxattr(target, name, value, follow_symlinks=False)
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP and not (self._lenient and error.errno in _UNKNOWN_HERE):
                    raise


def wanted(name: bytes) -> bool:
    """Whether a layer may set xattr *name*: none that steers overlayfs or the host's security modules."""
    if name.startswith(b"security."):
        return name == b"security.capability"
    return not name.startswith(_OVERLAY)


def _make_opaque(descriptor: int) -> None:
    """Hide what lower layers have here; "trusted" needs CAP_SYS_ADMIN of the host, see xattr(7)."""
    try:
        os.setxattr(descriptor, b"trusted.overlay.opaque", b"y")
    except PermissionError:
        os.setxattr(descriptor, b"user.overlay.opaque", b"y")


def _umask() -> int:
    """The mode bits this process takes from files it makes, read without changing them. See proc(5)."""
    with open("/proc/self/status", "rb") as file:
        for line in file:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    return 0o777


def copy_directory(source: int, target: int, *, lenient: bool = False) -> None:
    """Give directory *target* the owner, mode, xattrs and times of *source*."""
    status = os.fstat(source)
    member = Member()
    member.uid, member.gid, member.mode = status.st_uid, status.st_gid, status.st_mode & 0o7777
    member.mtime = status.st_mtime_ns
    for name in os.listxattr(source):
        member.xattrs[os.fsencode(name)] = os.getxattr(source, name)
    Attributes(lenient=lenient).of_directory(target, member, opaque=False)
