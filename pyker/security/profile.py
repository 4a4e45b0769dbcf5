"""The seccomp profile: which system calls a container may make, as an OCI linux.seccomp section.

The default allows what moby's profile of 2026 allows, less doors that ordinary programs leave shut:

- everything not named gets EPERM, and what is newer than all names ENOSYS, so that a libc falls back;
- io_uring, keyctl and its kin, userfaultfd and memfd_secret: too much kernel behind too few checks;
- vmsplice, modify_ldt, remap_file_pages, fanotify_mark: known from exploits more than from programs;
- clone(2) only without new namespaces; clone3(2) hides its flags behind a pointer, so it gets ENOSYS;
- socket(2) only for families that programs in containers use: never AF_ALG (2026-31431), which a process
  needs no right for, nor AF_VSOCK, which reaches the hypervisor. i386's socketcall(2) would make the same
  sockets with its arguments out of a filter's sight: it is left to images for that architecture.

Rules that depend on capabilities follow moby: who may CAP_SYS_ADMIN may also mount(2).
"""

import os

from pyker.base import jsonfile
from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
EPERM, ENOSYS = 1, 38
MAX_PROFILE = 4 << 20

# machine -> OCI architectures, the native one first
ARCHITECTURES = {
    "x86_64": ("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
    "aarch64": ("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"),
}

_FILES = (
    "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat"
    " faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat"
    " fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64"
    " futimesat getcwd getdents getdents64 ioctl lchown lchown32 link linkat _llseek lseek lstat lstat64"
    " mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pread64 preadv preadv2"
    " pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir"
    " sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range"
    " syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes write"
    " writev fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr"
    " lremovexattr lsetxattr removexattr setxattr inotify_add_watch inotify_init inotify_init1"
    " inotify_rm_watch"
)
_WAITING = (
    "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 _newselect"
    " pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4 timerfd_create"
    " timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 io_cancel io_destroy io_getevents"
    " io_pgetevents io_pgetevents_time64 io_setup io_submit"
)
_MEMORY = (
    "brk madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap msync"
    " munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect"
)
_PROCESSES = (
    "alarm capget capset execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait"
    " futex_waitv futex_wake getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups"
    " getgroups32 getitimer getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32"
    " getresuid getresuid32 getrlimit get_robust_list getrusage getsid get_thread_area gettid getuid"
    " getuid32 ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset landlock_restrict_self"
    " pause pidfd_open pidfd_send_signal prctl prlimit64 process_vm_readv process_vm_writev ptrace"
    " restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn"
    " rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr"
    " sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval"
    " sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler"
    " sched_yield seccomp setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32"
    " setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid"
    " setreuid32 setrlimit set_robust_list setsid set_thread_area set_tid_address setuid setuid32"
    " sigaltstack sigprocmask sigreturn tgkill times tkill ugetrlimit uname sysinfo uretprobe vfork wait4"
    " waitid waitpid"
)
_TIME = (
    "adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64"
    " clock_nanosleep clock_nanosleep_time64 gettimeofday nanosleep time timer_create timer_delete"
    " timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64"
)
_TALKING = (
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg"
    " recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair ipc mq_getsetattr"
    " mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink"
    " msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget"
)
_ALWAYS = " ".join((_FILES, _WAITING, _MEMORY, _PROCESSES, _TIME, _TALKING))

_ONLY_ON = {
    "x86_64": "arch_prctl",
    "aarch64": "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls",
}

_BY_CAPABILITY = {
    "CAP_DAC_READ_SEARCH": "open_by_handle_at",
    "CAP_SYS_ADMIN": (
        "bpf clone clone3 fanotify_init fanotify_mark fsconfig fsmount fsopen fspick lookup_dcookie"
        " lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree"
        " perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare"
    ),
    "CAP_SYS_BOOT": "reboot",
    "CAP_SYS_CHROOT": "chroot",
    "CAP_SYS_MODULE": "delete_module finit_module init_module",
    "CAP_SYS_PACCT": "acct",
    "CAP_SYS_PTRACE": "kcmp pidfd_getfd process_madvise",
    "CAP_SYS_RAWIO": "ioperm iopl",
    "CAP_SYS_TIME": "clock_settime clock_settime64 settimeofday stime",
    "CAP_SYS_TTY_CONFIG": "vhangup",
    "CAP_SYS_NICE": "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
    "CAP_SYSLOG": "syslog",
    "CAP_BPF": "bpf",
    "CAP_PERFMON": "perf_event_open",
}

# linux/socket.h: UNIX and INET are below 3; then INET6, KEY, NETLINK, PACKET, PPPOX, CAN, TIPC, BLUETOOTH,
# QIPCRTR, SMC, XDP, MCTP. Not there: families nobody uses but those who look for holes, ALG (38), VSOCK (40).
_FAMILIES_BELOW = 3
_FAMILIES = (10, 15, 16, 17, 24, 29, 30, 31, 42, 43, 44, 45)
_PERSONALITIES = (0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)  # Linux, 32 bit, UNAME26, both, "tell me"
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
_SOCKETCALL_SOCKET = 1  # SYS_SOCKET, linux/net.h


def seccomp_section(
    option: str, capabilities: "tuple[str, ...]", architecture: str = ""
) -> "dict[str, Any] | None":
    """OCI linux.seccomp for `--security-opt seccomp=OPTION`; None when there is to be no filter.

    *option* is empty (the default profile), "unconfined", or the path of a profile in Docker's or OCI's
    JSON; *architecture* is the image's, as OCI calls it. Raises InvalidError for a file that is not such.
    """
    machine = os.uname().machine
    if option == "unconfined" or machine not in ARCHITECTURES:
        return None
    if option in ("", "default", "builtin"):
        return default(capabilities, machine, architecture)
    try:
        document = jsonfile.loads(jsonfile.read_bytes(os.path.realpath(option), MAX_PROFILE))
        return resolve(document, capabilities, machine)
    except OSError as error:
        raise InvalidError(
            f"opening seccomp profile ({option}) failed: {error.strerror}",
            hint="seccomp= takes unconfined, or the path of a profile",
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidError(f"decoding seccomp profile ({option}) failed: {error}") from error


def default(capabilities: "tuple[str, ...]", machine: str, architecture: str = "") -> "dict[str, Any]":
    """The default profile for a container on *machine* that may have *capabilities*."""
    names = f"{_ALWAYS} {_ONLY_ON[machine]}".split()
    for capability in _BY_CAPABILITY.keys() & set(capabilities):
        names += _BY_CAPABILITY[capability].split()
    if architecture == "386":
        names.append("socketcall")
    rules: list[dict[str, Any]] = [
        {"names": sorted(set(names)), "action": ALLOW},
        _conditional("socket", [(_FAMILIES_BELOW, "LT"), *((family, "EQ") for family in _FAMILIES)]),
        _conditional("personality", [(value, "EQ") for value in _PERSONALITIES]),
    ]
    if architecture != "386":
        rules.append(_conditional("socketcall", [(_SOCKETCALL_SOCKET, "NE")]))
    if "CAP_SYS_ADMIN" not in capabilities:
        clone = {"index": 0, "value": _NEW_NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
        rules.append({"names": ["clone"], "action": ALLOW, "args": [clone]})
        rules.append({"names": ["clone3"], "action": ERRNO, "errnoRet": ENOSYS})
    architectures = list(ARCHITECTURES[machine])
    section = {"defaultAction": ERRNO, "defaultErrnoRet": EPERM, "architectures": architectures}
    return {**section, "syscalls": rules}


def _conditional(name: str, tests: "list[tuple[int, str]]") -> "dict[str, Any]":
    """Allow *name* when its first argument passes any of *tests*, which in OCI are alternatives."""
    args = [{"index": 0, "value": value, "op": f"SCMP_CMP_{test}"} for value, test in tests]
    return {"names": [name], "action": ALLOW, "args": args}


def resolve(document: "dict[str, Any]", capabilities: "tuple[str, ...]", machine: str) -> "dict[str, Any]":
    """A profile in Docker's format (archMap, includes, excludes) or OCI's, as an OCI section."""
    section = {
        key: document[key]
        for key in ("defaultAction", "defaultErrnoRet", "flags", "listenerPath", "listenerMetadata")
        if document.get(key) not in (None, [], "")
    }
    if "defaultAction" not in section:
        raise ValueError("it has no defaultAction")
    section["architectures"] = document.get("architectures") or _mapped(document.get("archMap"), machine)
    rules = [_plain(rule) for rule in document.get("syscalls") or () if _applies(rule, capabilities, machine)]
    return {**section, "syscalls": rules}


def _mapped(rows: "list[dict[str, Any]] | None", machine: str) -> "list[str]":
    """The architectures a Docker profile's archMap gives this machine."""
    native = ARCHITECTURES[machine][0]
    for row in rows or ():
        if row["architecture"] == native:
            return [native, *(row.get("subArchitectures") or ())]
    return [native] if rows else list(ARCHITECTURES[machine])


def _plain(rule: "dict[str, Any]") -> "dict[str, Any]":
    """A rule of Docker's as one of OCI's."""
    names = rule.get("names") or [rule["name"]]
    plain = {"names": names, "action": rule["action"]}
    return {**plain, **{key: rule[key] for key in ("errnoRet", "args") if rule.get(key) not in (None, [])}}


_GO_NAMES = {"x86_64": ("amd64",), "aarch64": ("arm64",)}


def _applies(rule: "dict[str, Any]", capabilities: "tuple[str, ...]", machine: str) -> bool:
    """Whether the includes and excludes of a Docker rule hold for this container on this machine."""
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    here = _GO_NAMES[machine]
    if any(capability in capabilities for capability in excludes.get("caps") or ()):
        return False
    if any(name in here for name in excludes.get("arches") or ()):
        return False
    if excludes.get("minKernel") and _kernel_is(excludes["minKernel"]):
        return False
    if not set(includes.get("caps") or ()) <= set(capabilities):
        return False
    if includes.get("arches") and not any(name in here for name in includes["arches"]):
        return False
    return not includes.get("minKernel") or _kernel_is(includes["minKernel"])


def _kernel_is(least: str) -> bool:
    """Whether this kernel is *least* ("4.8") or newer."""
    return _version(os.uname().release) >= _version(least)


def _version(text: str) -> "tuple[int, int]":
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0].partition("-")[0]
    return int(major), int(minor or 0)
