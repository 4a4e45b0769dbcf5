"""Acts in a container's own network namespace.

A netlink socket belongs to the namespace it was made in, for good: so the caller goes in, makes one,
comes back, and talks through it from outside. Nothing of the container's files is looked at.
"""

import os

from pyker.kernel.namespaces import NEWNET, setns
from pyker.network import links
from pyker.network.netlink import Netlink

_SETTINGS = (  # threats: routers announced over IPv6 by a neighbour are never believed
    "/proc/sys/net/ipv6/conf/all/accept_ra",
    "/proc/sys/net/ipv6/conf/default/accept_ra",
)


def open_namespace(pid: int) -> int:
    """A descriptor of the network namespace of *pid*."""
    return os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def enter(namespace: int) -> Netlink:
    """A netlink socket inside the open *namespace*; IPv6 router advertisements are off there afterwards.

    The calling thread is back where it was when this returns, also by an error.
    """
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(namespace, NEWNET)
        try:
            ignore_routers()
            return Netlink()
        finally:
            setns(own, NEWNET)
    finally:
        os.close(own)


def ignore_routers() -> None:
    """Refuse IPv6 router advertisements on every interface of the current namespace, present and to come."""
    for path in _SETTINGS:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # a kernel without IPv6
            return
        try:
            os.write(descriptor, b"0")
        finally:
            os.close(descriptor)


def wake_loopback(pid: int) -> None:
    """Bring `lo` up in the namespace of *pid*, from a child process, for callers who could not come back.

    In a user namespace of one's own, the host's network namespace cannot be entered again.
    """
    namespace = open_namespace(pid)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            setns(namespace, NEWNET)
            ignore_routers()
            with Netlink() as netlink:
                netlink.request(links.up(links.LOOPBACK))
            status = 0
        finally:
            os._exit(status)
    os.close(namespace)
    if status := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise OSError(f"cannot bring up the loopback interface of process {pid}: child ended with {status}")
