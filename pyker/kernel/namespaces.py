"""Namespaces: unshare(2), setns(2) and the clone flags of linux/sched.h."""

from pyker.kernel.libc import syscall

NEWTIME = 0x00000080
NEWNS = 0x00020000
NEWCGROUP = 0x02000000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000
NEWPID = 0x20000000
NEWNET = 0x40000000

# OCI namespace type -> (clone flag, name under /proc/PID/ns)
KINDS = {
    "user": (NEWUSER, "user"),
    "mount": (NEWNS, "mnt"),
    "pid": (NEWPID, "pid"),
    "network": (NEWNET, "net"),
    "ipc": (NEWIPC, "ipc"),
    "uts": (NEWUTS, "uts"),
    "cgroup": (NEWCGROUP, "cgroup"),
    "time": (NEWTIME, "time"),
}


def unshare(flags: int) -> None:
    """See unshare(2)."""
    syscall("unshare", flags)


def setns(descriptor: int, kind: int = 0) -> None:
    """See setns(2)."""
    syscall("setns", descriptor, kind)


def sethostname(name: str) -> None:
    """See sethostname(2)."""
    data = name.encode()
    syscall("sethostname", data, len(data), about=name)


def setdomainname(name: str) -> None:
    """See setdomainname(2)."""
    data = name.encode()
    syscall("setdomainname", data, len(data), about=name)
