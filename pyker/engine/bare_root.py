"""A mount of a running container by itself, without what is mounted in it: its root, for one.

A mount can be cloned only by a process in its mount namespace: see open_tree(2). A child goes there, does
nothing but that one call, and hands the clone over. It stays in our pid namespace, so the container neither
sees it nor can trace it, and it loads nothing after it has entered.
"""

import _socket
import array
import os

from pyker.base.errors import PykerError
from pyker.kernel.mounts import AT_FDCWD, OPEN_TREE_CLONE, open_tree
from pyker.kernel.namespaces import NEWNS, NEWUSER, setns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def clone_mount(pid: int, path: str = "/", *, rootless: bool) -> int:
    """A detached clone of the mount that process *pid* has at *path*, open.

    Raises FileNotFoundError when *pid* is gone, PykerError saying what the kernel refused.
    """
    apart = rootless and not os.path.samefile(f"/proc/{pid}/ns/user", "/proc/self/ns/user")
    kinds = (("user", NEWUSER), ("mnt", NEWNS)) if apart else (("mnt", NEWNS),)
    spaces = [(os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC), kind) for name, kind in kinds]
    mine, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
    child = os.fork()
    if child == 0:
        _clone_and_send(spaces, path, theirs)
    theirs.close()
    for descriptor, _ in spaces:
        os.close(descriptor)
    message, control, _, _ = mine.recvmsg(256, 64)
    mine.close()
    os.waitpid(child, 0)
    if not control:
        reason = os.strerror(int(message or b"3"))
        raise PykerError(f"cannot reach {path} of the container: {reason.lower()}")
    found = array.array("i")
    found.frombytes(control[0][2][:4])
    return found[0]


def _clone_and_send(spaces: "list[tuple[int, int]]", path: str, theirs: "_socket.socket") -> "NoReturn":
    """The child's half; it leaves by os._exit, whatever happens."""
    try:
        carried = array.array("i", [0])
        for descriptor, kind in spaces:
            setns(descriptor, kind)
        carried[0] = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE)
        theirs.sendmsg([b"0"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, carried)])
    except OSError as error:
        theirs.send(b"%d" % (error.errno or 0))
    finally:
        os._exit(0)
