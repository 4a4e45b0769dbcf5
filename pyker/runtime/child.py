"""The child's half of a start: from a fork of the engine to the container's program.

Every step is a value in STEPS; one loop runs them and reports the one that failed. From the pivot
on this is a Python inside a root that the image controls: imports are switched off before it
(CVE-2019-14271 and its kin), nothing is looked up by name, and the process is not dumpable
(CVE-2019-5736).
"""

import os

from pyker.kernel.mounts import (
    AT_FDCWD,
    AT_RECURSIVE,
    DETACH,
    MOVE,
    OPEN_TREE_CLONE,
    PRIVATE,
    REC,
    SHARED,
    SLAVE,
    UNBINDABLE,
    mount,
    move_mount,
    open_tree,
    pivot_root,
    umount,
)
from pyker.kernel.namespaces import KINDS, NEWTIME, setdomainname, sethostname, setns, unshare
from pyker.kernel.paths import CLOEXEC_DIRECTORY, fd_path, make_directory
from pyker.kernel.process import close_from, hide_from_ptrace, set_personality
from pyker.kernel.stub import exec_program
from pyker.mount.apply import (
    apply_mounts,
    make_devices,
    mask_paths,
    open_sources,
    options_of,
    protect_paths,
    protect_root,
)
from pyker.runtime.command import find_command
from pyker.runtime.console import open_terminal, own_streams, take_terminal
from pyker.runtime.inside import (
    enter_directory,
    forget_imports,
    in_initial_user_namespace,
    leave_session_keyring,
    score,
    write_proc,
)
from pyker.runtime.message import (
    CONSOLE,
    GO,
    MAPPED,
    MOUNTED,
    READY,
    failure,
    hear_word,
    say,
    send_descriptor,
)
from pyker.runtime.plan import KEEP_GROUPS
from pyker.runtime.process import Manner
from pyker.runtime.rights import Filter, assume_rights, become_root, limit_resources, may_set_groups

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable
    from typing import Any, NoReturn

    from pyker.kernel.apparmor import Profile

_PROPAGATION = {  # of the root; it is private before
    "shared": SHARED,
    "rshared": SHARED | REC,
    "slave": SLAVE,
    "rslave": SLAVE | REC,
    "unbindable": UNBINDABLE,
    "runbindable": UNBINDABLE | REC,
}


class Child:
    """What the steps share: the plan, the talk with the parent, and what earlier steps opened."""

    def __init__(
        self,
        spec: "dict[str, Any]",
        stdio: "tuple[int, int, int]",
        end: "_socket.socket",
        seccomp: Filter,
        enter: "Callable[[], None]",
        *,
        from_root: bool = False,
    ) -> None:
        self.from_root = from_root  # into a user namespace, and from the machine's own
        self.spec = spec
        self.process: dict[str, Any] = spec["process"]
        self.linux: dict[str, Any] = spec["linux"]
        self.stdio = stdio
        self.end = end
        self.seccomp = seccomp
        self.enter = enter
        self.manner = Manner()
        self.root = -1
        self.terminal = -1
        self.profile: "Profile | None" = None  # of AppArmor, for the program
        self.sources: "dict[str, int]" = {}  # detached mounts, by destination
        self.user_namespace = next((one for one in self.linux["namespaces"] if one["type"] == "user"), None)
        self.rootless = not in_initial_user_namespace()
        self.keeps_groups = (spec.get("annotations") or {}).get(KEEP_GROUPS) == "1"
        self.set_groups = not self.keeps_groups and may_set_groups()


def become_container(child: Child) -> "NoReturn":
    """Run the steps; the last one never returns, a failed one is reported and ends this process."""
    doing = STEPS[0][0]
    try:
        for doing, step in STEPS:  # noqa: B007 - told below
            step(child)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told and we end
        say(child.end, failure(doing, error))
    os._exit(1)


def begin(child: Child) -> None:
    """A session of its own, and out of the sight of what it may join."""
    os.setsid()
    if child.from_root or not child.rootless:
        hide_from_ptrace()


def wait_for_ids(child: Child) -> None:
    """In a new user namespace this process is nobody until the parent has written its maps."""
    if child.user_namespace is not None and not child.user_namespace.get("path"):
        hear_word(child.end, MAPPED)
        child.set_groups = not child.keeps_groups and may_set_groups()


def enter_group(child: Child) -> None:
    """A process that moves itself need not wait for the kernel's grace period."""
    child.enter()


def enter_namespaces(child: Child) -> None:
    """Join those with a path, make the others.

    The pid and user namespaces were entered by the fork; the control group's begins where we are by now.
    """
    fresh = 0
    for namespace in child.linux["namespaces"]:
        flag = KINDS[namespace["type"]][0]
        if namespace["type"] in ("pid", "user"):
            continue
        if path := namespace.get("path"):
            with open(path, "rb") as file:
                setns(file.fileno(), flag)
        else:
            fresh |= flag
    unshare(fresh)
    if fresh & NEWTIME:
        from pyker.runtime.clocks import enter_time

        enter_time(child.linux.get("timeOffsets") or {})
    if child.user_namespace is None:
        say(child.end, READY)


def set_names(child: Child) -> None:
    """Host and domain name, where the UTS namespace is new."""
    fresh = {item["type"] for item in child.linux["namespaces"] if not item.get("path")}
    if "uts" in fresh and (hostname := child.spec.get("hostname")):
        sethostname(hostname)
    if "uts" in fresh and (domainname := child.spec.get("domainname")):
        setdomainname(domainname)


def open_root(child: Child) -> None:
    """Cut the mount namespace off from the host's and hold the root file system open."""
    if (child.linux.get("rootfsPropagation") or "").endswith("shared"):
        shared = [one for one in child.spec["mounts"] if options_of(one).propagation == SHARED]
        child.sources.update(open_sources(shared))  # while they still are the host's peers
    mount("", "/", "", REC | (SLAVE if child.linux.get("rootfsPropagation") != "rprivate" else PRIVATE))
    path = child.spec["root"]["path"]
    if child.user_namespace is not None or child.manner.bundle:
        _mount_again(path)
    child.root = os.open(path, CLOEXEC_DIRECTORY)


def _mount_again(path: str) -> None:
    """Make a mount of it: pivot_root(2) wants one.

    Mounts that came with another user namespace are locked, and no root can be made of one.
    See "Restrictions on mount namespaces" in mount_namespaces(7).
    """
    tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE)
    target = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    move_mount(tree, target)
    os.close(tree)
    os.close(target)


def become_owner(child: Child) -> None:
    """In a user namespace, be its root from here on; what only the caller's own id can reach is opened first.

    A change of user makes a process invisible; the supervisor of a user must see it while the network is
    wired, so it is told to begin after. See PR_SET_DUMPABLE in prctl(2).
    """
    if child.user_namespace is None:
        return
    others = [mount for mount in child.spec["mounts"] if mount["destination"] not in child.sources]
    child.sources.update(open_sources(others))
    become_root(set_groups=child.set_groups)
    if not child.from_root:
        hide_from_ptrace(hide=False)
    say(child.end, READY)


def mount_all(child: Child) -> None:
    """The mounts, then the device nodes."""
    apply_mounts(child.root, child.spec["mounts"], rootless=child.rootless, sources=child.sources)
    if child.linux.get("devices") is not None:
        make_devices(child.root, child.linux["devices"], rootless=child.rootless)


def tell_mounted(child: Child) -> None:
    """Hooks of the runtime find the root file system complete, and not yet at "/"."""
    hooks = child.manner.hooks
    if hooks and hooks.has("prestart", "createRuntime"):
        say(child.end, MOUNTED)


def make_working_directory(child: Child) -> None:
    """As Docker: a working directory that the image lacks is made."""
    os.close(make_directory(child.root, child.process["cwd"]))


def make_terminal(child: Child) -> None:
    """A terminal of the container's own devpts; its master goes to the parent."""
    if not child.process.get("terminal"):
        return
    master, child.terminal = open_terminal(child.root, child.process.get("consoleSize"))
    send_descriptor(child.end, CONSOLE, master)
    os.close(master)
    _bind_console(child.root, child.terminal)


def _bind_console(root: int, terminal: int) -> None:
    """Put the terminal at /dev/console, onto a file of our own tmpfs, both named by descriptor."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    directory = make_directory(root, "/dev")
    target = os.open("console", flags, 0o600, dir_fd=directory)
    mount(fd_path(terminal), fd_path(target), "", 4096)
    os.close(target)
    os.close(directory)


def wait_for_network(child: Child) -> None:
    """The parent wires the network namespace meanwhile."""
    hear_word(child.end, GO)


def run_hooks(child: Child) -> None:
    """Those that are of the container's namespaces and of the host's files; as in runc, from its root."""
    if child.manner.hooks:
        child.manner.hooks.run("createContainer", "creating", os.getpid(), fd_path(child.root))


def leave_sight(child: Child) -> None:
    """Everything that needs /proc of the host: kernel parameters, out-of-memory score, then hide."""
    for name, value in (child.linux.get("sysctl") or {}).items():
        write_proc("/proc/sys/" + name.replace(".", "/"), value)
    score(child.process)
    limit_resources(child.process)
    if personality := child.linux.get("personality"):
        set_personality(personality["domain"])
    if child.manner.keyring:
        leave_session_keyring()
    if profile := child.process.get("apparmorProfile"):
        from pyker.kernel.apparmor import Profile

        child.profile = Profile(profile)
        child.profile.open()
    hide_from_ptrace()


def pivot(child: Child) -> None:
    """Make the root file system "/", and drop the host's. See the example in pivot_root(2)."""
    os.fchdir(child.root)
    if child.manner.pivot:
        pivot_root(".", ".")
        umount(".", DETACH)
    else:
        mount(".", "/", "", MOVE)
        os.chroot(".")
    os.chdir("/")
    if flags := _PROPAGATION.get(child.linux.get("rootfsPropagation") or ""):
        mount("", "/", "", flags)


def protect(child: Child) -> None:
    """Masks and read-only remounts, while /proc still is the host's."""
    mask_paths(child.root, child.linux.get("maskedPaths") or ())
    protect_paths(child.root, child.linux.get("readonlyPaths") or ())
    if child.spec["root"].get("readonly"):
        protect_root(child.root)


def take_streams(child: Child) -> None:
    """Our 0, 1 and 2, and nothing else open but the talk with the parent."""
    if child.terminal >= 0:
        take_terminal(child.terminal)
    else:
        for target, source in enumerate(child.stdio):
            os.dup2(source, target)
    user = child.process["user"]
    own_streams(user["uid"], user["gid"])
    profile = (child.profile.descriptor,) if child.profile else ()
    close_from(3, keep=[child.end.fileno(), *child.manner.descriptors, *_held(child), *profile])


def _held(child: Child) -> "tuple[int, ...]":
    hold = child.manner.hold
    return (hold.start, hold.result) if hold else ()


def enter_working_directory(child: Child) -> None:
    """See *enter_directory*."""
    enter_directory(child.process["cwd"])


def confine(child: Child) -> None:
    """Let AppArmor confine what is executed next."""
    if child.profile:
        child.profile.enter()


def assume(child: Child) -> None:
    """Limits were set before; now the user, the capabilities, the filter."""
    seccomp = child.seccomp.replace(talk=child.end.fileno()) if child.manner.agent else child.seccomp
    assume_rights(child.process, seccomp, set_groups=child.set_groups)


def execute(child: Child) -> None:
    """Become the program; the errno of a failed execve(2) goes to the parent, success closes the talk."""
    environment = child.process.get("env") or []
    path = find_command(child.process["args"][0], environment)
    status, hold = child.end.fileno(), child.manner.hold
    if child.manner.hooks and child.manner.hooks.has("startContainer"):
        status, hold = child.manner.hooks.run_last(status, hold), None
    exec_program(
        os.fsencode(path),
        child.process["args"],
        environment,
        status,
        keep=child.manner.descriptors,
        hold=hold,
    )


STEPS = (
    ("begin", begin),
    ("wait for the ids", wait_for_ids),
    ("enter the control group", enter_group),
    ("make namespaces", enter_namespaces),
    ("set the host name", set_names),
    ("open the root file system", open_root),
    ("become root of the user namespace", become_owner),
    ("mount", mount_all),
    ("tell of the mounts", tell_mounted),
    ("make the working directory", make_working_directory),
    ("open a terminal", make_terminal),
    ("wait for the network", wait_for_network),
    ("run hooks", run_hooks),
    ("set kernel parameters", leave_sight),
    ("mask paths", protect),
    ("switch imports off", lambda _: forget_imports()),
    ("change the root", pivot),
    ("take the streams", take_streams),
    ("enter the working directory", enter_working_directory),
    ("set the AppArmor profile", confine),
    ("drop privileges", assume),
    ("execute", execute),
)
