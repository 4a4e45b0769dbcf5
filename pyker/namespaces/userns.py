"""Rootless re-entry: this process becomes uid 0 of a user namespace of its own, without a new program.

A process may write only a one-id map for itself; more ids are written by newuidmap(1) and newgidmap(1),
setuid programs that must run outside the new namespace. So two children are forked before unshare(2),
wait for it, and turn into these programs, both at once. See user_namespaces(7).
"""

import errno
import fcntl
import os

from pyker.base.errors import UnsupportedError
from pyker.base.value import Value
from pyker.kernel.namespaces import NEWNS, NEWUSER, setns, unshare
from pyker.kernel.procfs import id_map, is_mapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from pyker.base.home import Home
    from pyker.namespaces.maps import Maps

# kind of id -> (the map's writer, the file of ranges)
_PROGRAMS = {"uid": ("/usr/bin/newuidmap", "/etc/subuid"), "gid": ("/usr/bin/newgidmap", "/etc/subgid")}
_NS_GET_PARENT = 0xB702  # linux/nsfs.h
_MAX_LINES = 340  # the kernel's UID_GID_MAP_MAX_EXTENTS
_ADVICE = {
    errno.EPERM: "user namespaces are forbidden here: see sysctl kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns and the seccomp profile around this shell",
    errno.EACCES: "a security module forbids it: see sysctl kernel.apparmor_restrict_unprivileged_userns",
    errno.ENOSPC: "no more user namespaces are allowed: see sysctl user.max_user_namespaces",
    errno.EUSERS: "user namespaces are nested too deep",
}


class SubidRange(Value):
    """*count* ids from *start* that /etc/subuid or /etc/subgid lends to a user."""

    start: int
    count: int


def reenter(home: "Home", warn: "Callable[[str], None]") -> None:
    """Make this single-threaded process uid 0 of new user and mount namespaces; harmless for root.

    Ids above 0 are those of /etc/subuid and /etc/subgid. Without them, or without newuidmap, only the
    user's own id is there, and *warn* is told what that means. Raises UnsupportedError when the kernel
    does not allow user namespaces or the map's writers fail.
    """
    if not home.rootless or os.geteuid() == 0:
        return
    uid, gid = os.geteuid(), os.getegid()
    ranges = {kind: subid_ranges(user_name(uid), uid, kind) for kind in _PROGRAMS}
    missing = _what_is_missing(ranges)
    if missing:
        warn(f"{missing}: the container has a single user, programs that change to another one will fail")
        _unshare()
        _map_one(uid, gid)
    else:
        _map_ranges(uid, gid, ranges)
    # Mounts that were shared with the host are slaves here, the kernel sees to that: see "Restrictions on
    # mount namespaces" in mount_namespaces(7). So nothing mounted here reaches the host.


def rejoin(home: "Home", pid: int) -> None:
    """Make this process uid 0 of the user namespace of *pid*, this user's container; harmless for root."""
    if not home.rootless or os.geteuid() == 0:
        return
    namespace = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    try:
        namespace = below_ours(namespace)
        setns(namespace, NEWUSER)
    finally:
        os.close(namespace)
    unshare(NEWNS)


def below_ours(namespace: int) -> int:
    """*namespace*, or the one above it (the other is closed then) whose parent is our own user namespace.

    That is where pyker runs for a user; a container may have one of its own below it. See NS_GET_PARENT in
    ioctl_nsfs(2).
    """
    own = os.stat("/proc/self/ns/user").st_ino
    while True:
        above = fcntl.ioctl(namespace, _NS_GET_PARENT)
        if os.fstat(above).st_ino == own:
            os.close(above)
            return namespace
        os.close(namespace)
        namespace = above


def _what_is_missing(ranges: "dict[str, tuple[SubidRange, ...]]") -> str:
    for kind, (program, path) in _PROGRAMS.items():
        if not ranges[kind]:
            return f"{path} has no range for this user"
        if not os.access(program, os.X_OK):
            return f"{program} is not installed (apt-get install uidmap)"
    return ""


def require_ids(uid: int, gid: int, maps: "Maps | None" = None) -> None:
    """Raise UnsupportedError unless *uid* and *gid* are somebody in *maps*, or else in our own ids."""
    for kind, identity in (("uid", uid), ("gid", gid)):
        rows = id_map(kind) if maps is None else maps.ranges(kind)
        if not is_mapped(rows, identity):
            raise UnsupportedError(
                f"{kind} {identity} does not exist in the container: it has only the ids mapped for it",
                hint=f"run as root of the container, or have a range for this user put into /etc/sub{kind}",
            )


def user_name(uid: int) -> str:
    """The login name of *uid*, or its digits when it has none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def subid_ranges(user: str, uid: int = -1, kind: str = "uid") -> "tuple[SubidRange, ...]":
    """The ranges of "uid" or "gid" lent to *user*, by name or by number. See subuid(5).

    Lines that make no sense are passed over, as newuidmap does.
    """
    try:
        with open(_PROGRAMS[kind][1], encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
    except OSError:
        return ()
    return parse_subids(lines, {user, str(uid)})


def parse_subids(lines: "list[str]", owners: "set[str]") -> "tuple[SubidRange, ...]":
    """The ranges in *lines* of subuid(5) that belong to one of *owners*."""
    found = []
    for line in lines:
        parts = line.strip().split(":")
        if len(parts) == 3 and parts[0] in owners and parts[1].isdecimal() and parts[2].isdecimal():
            start, count = int(parts[1]), int(parts[2])
            if count > 0 and start + count <= 0xFFFFFFFF:
                found.append(SubidRange(start, count))
    return tuple(found[: _MAX_LINES - 1])


def map_words(own: int, ranges: "tuple[SubidRange, ...]") -> "list[str]":
    """The map as newuidmap takes it: 0 is *own*, then every range after the other from 1 on."""
    words, inside = ["0", str(own), "1"], 1
    for one in ranges:
        words += [str(inside), str(one.start), str(one.count)]
        inside += one.count
    return words


def _unshare() -> None:
    try:
        unshare(NEWUSER | NEWNS)
    except OSError as error:
        number = error.errno or 0
        raise UnsupportedError(
            f"cannot make a user namespace: {os.strerror(number)}", hint=_ADVICE.get(number, ""), code=125
        ) from error


def _map_one(uid: int, gid: int) -> None:
    """The map that everybody may write: one id. setgroups(2) must be given up first."""
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            _write_own(name, text)
    except OSError as error:
        raise UnsupportedError(
            f"cannot write the id map of a user namespace: {error.strerror}",
            hint=_ADVICE[errno.EPERM],
            code=125,
        ) from error


def _write_own(name: str, text: str) -> None:
    descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _map_ranges(uid: int, gid: int, ranges: "dict[str, tuple[SubidRange, ...]]") -> None:
    words = {"uid": map_words(uid, ranges["uid"]), "gid": map_words(gid, ranges["gid"])}
    begin, go = os.pipe2(os.O_CLOEXEC)
    answer, complaints = os.pipe2(os.O_CLOEXEC)
    writers = {}
    try:
        for kind in _PROGRAMS:
            writers[kind] = _fork_writer(kind, words[kind], (begin, go), complaints)
        _unshare()
        os.write(go, b"go")
    finally:  # after a failed unshare the writers see the end of the pipe and leave
        for descriptor in (begin, go, complaints):
            os.close(descriptor)
        failed = [kind for kind, pid in writers.items() if os.waitpid(pid, 0)[1]]
        said = os.read(answer, 4096).decode(errors="replace").strip()
        os.close(answer)
    if failed:
        raise UnsupportedError(
            f"cannot write the id map of a user namespace: {said or 'newuidmap failed'}",
            hint="the lines in /etc/subuid and /etc/subgid must not overlap those of other users",
            code=125,
        )


def _fork_writer(kind: str, words: "list[str]", start: "tuple[int, int]", complaints: int) -> int:
    target = str(os.getpid())
    pid = os.fork()
    if pid == 0:
        _become_writer(_PROGRAMS[kind][0], target, words, start, complaints)
    return pid


def _become_writer(
    program: str, target: str, words: "list[str]", start: "tuple[int, int]", complaints: int
) -> "NoReturn":
    """The child's half: wait until the parent is in its namespace, then write the map from outside of it."""
    begin, go = start
    try:
        os.close(go)
        if os.read(begin, 1):
            os.dup2(complaints, 2)
            os.execve(program, [program, target, *words], {})
    finally:
        os._exit(1)
