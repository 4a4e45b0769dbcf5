"""Networks for users: pasta, or slirp4netns, carries the container's packets through ordinary sockets.

Neither needs rights on the host. Both give the container 10.0.2.100 behind a gateway 10.0.2.2 and a
name server 10.0.2.3, which asks the host's; both keep the real source of what comes in from outside. The
helper ends when its container is released; its pid and start time stand in the lease.

A limit of slirp4netns: it does not carry the answers of published UDP ports to a client on the host's own
127.0.0.1. By the host's other addresses all is well. See pasta(1) and slirp4netns(1).
"""

import os

from pyker.base.errors import UnsupportedError
from pyker.kernel.liveness import start_time
from pyker.network import inside, pasta, slirp4netns
from pyker.network.attachment import USER_MODES, Attachment, in_user_namespace, wake
from pyker.network.leases import NOBODY, Lease, Leases, this_process
from pyker.network.ports import hold
from pyker.network.programs import end, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.port import PortMapping

ADDRESS, GATEWAY, PREFIX = "10.0.2.100", "10.0.2.2", 24
_TUN = "/dev/net/tun"
_STARTERS = {"pasta": pasta.start, "slirp4netns": slirp4netns.start}
_INSTALL = "install the package passt or slirp4netns, or use --network none or host"


class UserAttachment(Attachment):
    """A container whose packets a helper program carries."""

    def __init__(self, home: "Home", lease: Lease, choices: "list[str]") -> None:
        super().__init__(choices[0], lease.container)
        self.ports = lease.ports
        self._home = home
        self._lease = lease
        self._choices = choices

    def wire(self, pid: int) -> None:
        """Start the helper for the network namespace of *pid*; the next choice when the first cannot."""
        if in_user_namespace():
            inside.wake_loopback(pid)
        else:
            wake(pid)
        for mode in self._choices:
            self._move_to(mode)
            try:
                self._start(mode, pid)
            except UnsupportedError:
                if mode == self._choices[-1]:
                    raise
            else:
                return

    def _move_to(self, mode: str) -> None:
        if mode != self.mode:
            _leases(self._home, self.mode).remove(self.container)
            self.mode = mode
        _leases(self._home, mode).prepare()
        _leases(self._home, mode).write(self.container, self._lease)

    def _start(self, mode: str, pid: int) -> None:
        helper = _STARTERS[mode](_leases(self._home, mode).directory, self.container, pid, self.ports)
        self._lease = self._lease.replace(helper=(helper, start_time(helper)))
        _leases(self._home, mode).write(self.container, self._lease)

    def document(self) -> "dict[str, object]":
        """See Attachment.document."""
        pid, started = self._lease.helper
        return super().document() | {
            "IPAddress": ADDRESS,
            "IPPrefixLen": PREFIX,
            "Gateway": GATEWAY,
            "Interface": "eth0",
            "Helper": {"Pid": pid, "Started": started} if pid else None,
        }


def attach_user_mode(
    home: "Home",
    container_id: str,
    mode: str,
    ports: "tuple[PortMapping, ...]",
    *,
    warn: "Callable[[str], None]",
) -> Attachment:
    """See attach: a helper chosen and ports tried out.

    Where no helper can run, a container that did not ask for a network by name nor for ports has none.
    """
    try:
        choices = _choices(mode)
    except UnsupportedError as error:
        if mode in USER_MODES or ports:
            raise
        warn(f"the container has no network: {error.message}; {error.hint}")
        return Attachment("none", container_id)
    resolved, descriptors = hold(ports)
    for descriptor in descriptors:  # tried out; the helper is to hold them, and children would inherit ours
        os.close(descriptor)
    return UserAttachment(home, Lease(container_id, ports=resolved, maker=this_process()), choices)


def _choices(mode: str) -> "list[str]":
    """The helpers to try, best first; UnsupportedError when none can work."""
    wanted = [mode] if mode in USER_MODES else list(USER_MODES)
    installed = [name for name in wanted if _installed(name)]
    if not installed:
        raise UnsupportedError(f"{' and '.join(wanted)} not installed", hint=_INSTALL)
    if not os.access(_TUN, os.R_OK | os.W_OK):
        raise UnsupportedError(
            f"{_TUN} cannot be opened by this user", hint=f"let root run: chmod 0666 {_TUN}"
        )
    return installed


def _installed(name: str) -> bool:
    try:
        return bool(find_program(name))
    except UnsupportedError:
        return False


def _leases(home: "Home", mode: str) -> Leases:
    return Leases(home.running("networks", mode))


def release_user_mode(home: "Home", mode: str, container_id: str) -> None:
    """End the helper of *container_id* and remove what it left."""
    leases = _leases(home, mode)
    lease = leases.read(container_id)
    pasta.forget(leases.directory, container_id)
    slirp4netns.forget(leases.directory, container_id)
    if lease and lease.helper != NOBODY:
        end(*lease.helper)
    leases.remove(container_id)
