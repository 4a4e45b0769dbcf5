"""What this kernel lets this user do, found out by doing it in a child, each answer with its reason."""

import errno
import os

from pyker.base.value import Value
from pyker.kernel import mounts, namespaces
from pyker.kernel.fsmount import new_filesystem
from pyker.kernel.libc import syscall
from pyker.kernel.paths import CLOEXEC_DIRECTORY, open_in_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_SECCOMP_GET_ACTION_AVAIL = 2  # linux/seccomp.h
_KILL_PROCESS = (0x80000000).to_bytes(4, "little")


class Answer(Value):
    """Whether this kernel and user can do *what*; *reason* is why not."""

    what: str
    reason: str = ""

    @property
    def works(self) -> bool:
        """Whether it can be done."""
        return not self.reason


def probe() -> "tuple[Answer, ...]":
    """An answer to every question of QUESTIONS; takes some ten milliseconds and changes nothing."""
    return tuple(Answer(what, attempt(act)) for what, act in QUESTIONS.items())


def attempt(act: "Callable[[], object]") -> str:
    """Do *act* in a child, where it may change namespaces and ids; why it failed, "" when it did not."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        _report(act, writer)
    os.close(writer)
    with open(reader, encoding="utf-8") as answer:
        reason = answer.read()
    _, status = os.waitpid(child, 0)
    return reason if status == 0 else reason or f"the attempt ended with status {status}"


def _report(act: "Callable[[], object]", writer: int) -> "NoReturn":
    """The child's half: try, say what went wrong, leave."""
    status = 1
    try:
        act()
        status = 0
    except Exception as error:  # noqa: BLE001 - whatever it was, it is the answer
        os.write(writer, (getattr(error, "strerror", None) or str(error) or repr(error)).encode())
        status = 0
    finally:
        os._exit(status)


def enter_private_namespace() -> None:
    """A mount namespace of our own where mounting is allowed; a user's is in a user namespace with one id."""
    if os.geteuid() == 0:
        namespaces.unshare(namespaces.NEWNS)
        mounts.mount("", "/", "", mounts.REC | mounts.PRIVATE)
        return
    user, group = os.geteuid(), os.getegid()
    namespaces.unshare(namespaces.NEWUSER | namespaces.NEWNS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def _make_user_namespace() -> None:
    namespaces.unshare(namespaces.NEWUSER)


def _mount_detached() -> None:
    enter_private_namespace()
    tree = new_filesystem("tmpfs", "tmpfs")
    mounts.set_attributes(tree, add=mounts.ATTR_RDONLY)


def _confine_paths() -> None:
    root = os.open("/", CLOEXEC_DIRECTORY)
    os.close(open_in_root(root, "../..", CLOEXEC_DIRECTORY))


def _filter_system_calls() -> None:
    syscall("seccomp", _SECCOMP_GET_ACTION_AVAIL, 0, _KILL_PROCESS)


def _open_device(path: str) -> "Callable[[], None]":
    def act() -> None:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        except OSError as error:
            raise OSError(error.errno, f"{path}: {os.strerror(error.errno or errno.EIO)}") from error

    return act


QUESTIONS: "dict[str, Callable[[], object]]" = {
    "user namespaces": _make_user_namespace,
    "private mounts": enter_private_namespace,
    "mounts by descriptor": _mount_detached,
    "paths confined to a root": _confine_paths,
    "seccomp filters": _filter_system_calls,
    "process descriptors": lambda: os.close(os.pidfd_open(os.getpid())),
    "file systems of users (fuse)": _open_device("/dev/fuse"),
    "network interfaces of users (tun)": _open_device("/dev/net/tun"),
}
