"""What the container's program may do: limits, privileges, identity, in the one order that works.

The bounding set is dropped while CAP_SETPCAP is still held; without no_new_privs a seccomp filter
needs CAP_SYS_ADMIN, so it is loaded before the identity changes; with it, last of all.
See capabilities(7), seccomp(2) and prctl(2).
"""

import _socket
import os
import resource

from pyker.base.errors import PykerError, UnsupportedError
from pyker.base.value import Value
from pyker.kernel.capabilities import mask, set_all, set_bounding
from pyker.kernel.process import CLONE_FILES, die_with_parent, fork_into, keep_capabilities, no_new_privileges
from pyker.kernel.seccomp import NEW_LISTENER, load
from pyker.runtime.message import LISTENER, send_descriptor
from pyker.security import bpf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_MOST = (1 << 63) - 1  # what is above is RLIM_INFINITY, which is written in many ways
_KILL = 9
_LOCKS = 10  # RLIMIT_LOCKS, the one that Python does not know


class Filter(Value):
    """A seccomp program and the flags it is loaded with; without a program there is no filter."""

    program: bytes = b""
    flags: int = 0
    talk: int = -1  # where a listener is sent, and the go-ahead read

    def load(self) -> None:
        """Load it into the kernel for this process. See seccomp(2)."""
        if not self.program:
            return
        if self.flags & NEW_LISTENER:
            self._load_and_tell()
        else:
            load(self.program, self.flags)

    def _load_and_tell(self) -> None:
        """Load it, hand its listener to the parent, and wait until the agent has it.

        Until then this process may only use write(2), which cannot be one of the agent's calls; so a courier
        that shares our descriptors, and not our filter, sends it. A parent without rights over us could not
        fetch it: pidfd_getfd(2) asks for those of a tracer.
        """
        told, tell = os.pipe2(os.O_CLOEXEC)
        own = os.getpid()
        courier = fork_into(CLONE_FILES)
        if courier == 0:
            self._carry(told, own)
        try:
            listener = load(self.program, self.flags)
        except OSError:
            os.kill(courier, _KILL)
            raise
        os.write(tell, listener.to_bytes(4, "little"))
        go = os.read(self.talk, 16)
        os.waitpid(courier, 0)
        for descriptor in (told, tell, listener):
            os.close(descriptor)
        if not go:
            os._exit(1)

    def _carry(self, told: int, sender: int) -> "NoReturn":
        """The courier's life, which ends with that of *sender*: it holds both ends of the pipe itself."""
        try:
            die_with_parent(sender)
            listener = int.from_bytes(os.read(told, 4), "little")
            end = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, self.talk)
            send_descriptor(end, LISTENER, listener)
        finally:
            os._exit(0)


def make_filter(section: "dict[str, Any] | None", cache: str, *, agent: bool = False) -> Filter:
    """The filter for OCI linux.seccomp; compiled ones are kept below *cache*.

    UnsupportedError for one that an *agent* is to answer to, where there is none.
    """
    if not section:
        return Filter()
    made = Filter(bpf.program(section, cache), bpf.flags(section))
    if made.flags & NEW_LISTENER and not agent:
        raise UnsupportedError("seccomp profile: SCMP_ACT_NOTIFY needs an agent, and no listenerPath is set")
    return made


def limit_resources(process: "dict[str, Any]") -> None:
    """Set the rlimits, the scheduler and the io priority of OCI *process*. See setrlimit(2)."""
    for limit in process.get("rlimits") or ():
        set_limit(0, limit)
    if process.get("scheduler") or process.get("ioPriority"):
        from pyker.runtime.scheduling import schedule

        schedule(process)


def set_limit(pid: int, limit: "dict[str, Any]") -> None:
    """Set one OCI rlimit for *pid*, 0 for this process; PykerError that names it when that is refused."""
    soft, hard = (-1 if limit[key] > _MOST else limit[key] for key in ("soft", "hard"))
    try:
        resource.prlimit(pid, getattr(resource, limit["type"], _LOCKS), (soft, hard))
    except (ValueError, PermissionError) as error:
        why = "soft is above hard" if 0 <= hard < soft else "not permitted here"
        words = f"cannot set {limit['type']} to {limit['soft']}:{limit['hard']}: {why}"
        raise PykerError(words, code=125) from error


def assume_rights(process: "dict[str, Any]", seccomp: Filter, *, set_groups: bool) -> None:
    """Become the user of OCI *process* with just its capabilities and under *seccomp*.

    *set_groups* is what may_set_groups() said while /proc was still the host's.
    """
    locked = bool(process.get("noNewPrivileges"))
    if locked:
        no_new_privileges()
    capabilities = process.get("capabilities") or {}
    set_bounding(capabilities.get("bounding", ()))
    if not locked:
        seccomp.load()
    _assume_identity(process["user"], set_groups=set_groups)
    _assume_capabilities(capabilities)
    if locked:
        seccomp.load()


def may_set_groups() -> bool:
    """Whether setgroups(2) is allowed: not in a user namespace with one mapped id. See user_namespaces(7)."""
    with open("/proc/self/setgroups", encoding="utf-8") as file:
        return file.read().strip() != "deny"


def become_root(*, set_groups: bool) -> None:
    """Be user and group 0 of this user namespace, with no groups beside, and keep all capabilities."""
    if set_groups:
        os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def _assume_identity(user: "dict[str, Any]", *, set_groups: bool) -> None:
    """Switch group list, group and user; keep the permitted set over the change of user."""
    keep_capabilities(True)
    if set_groups:
        os.setgroups(user.get("additionalGids") or [])
    os.setresgid(user["gid"], user["gid"], user["gid"])
    os.setresuid(user["uid"], user["uid"], user["uid"])
    keep_capabilities(False)
    os.umask(user.get("umask", 0o022))


def _assume_capabilities(capabilities: "dict[str, Any]") -> None:
    kinds = ("effective", "permitted", "inheritable", "ambient")
    set_all(*(mask(capabilities.get(kind) or ()) for kind in kinds))
