"""One more process in a living container.

Two forks: the first joins the container's namespaces, but a process never changes its own pid
namespace, so a second one is born inside. See setns(2) and pid_namespaces(7). The first looks up the
user while it still stands in the host's root; imports are off before it enters the container's.
"""

import os

from pyker.base.errors import ConflictError
from pyker.base.jsonfile import dumps, loads
from pyker.kernel.liveness import start_time
from pyker.kernel.namespaces import KINDS, NEWUSER, setns
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.kernel.process import close_from, hide_from_ptrace, set_personality
from pyker.kernel.stub import exec_program
from pyker.namespaces.userns import below_ours
from pyker.runtime.command import find_command
from pyker.runtime.console import open_terminal, own_streams, take_terminal
from pyker.runtime.inside import (
    enter_directory,
    forget_imports,
    in_initial_user_namespace,
    leave_session_keyring,
    score,
)
from pyker.runtime.message import (
    CONSOLE,
    GO,
    exec_failure,
    failure,
    hear,
    hear_with_descriptor,
    hear_word,
    pair,
    raise_failure,
    receive_descriptor,
    say,
    send_descriptor,
)
from pyker.runtime.process import Launched, Stdio
from pyker.runtime.rights import (
    Filter,
    assume_rights,
    become_root,
    limit_resources,
    make_filter,
    may_set_groups,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable
    from typing import Any, NoReturn

    from pyker.kernel.apparmor import Profile
    from pyker.runtime.notify import Agent

    Process = dict[str, Any]

ORDER = ("user", "ipc", "uts", "network", "cgroup", "time", "pid", "mount")


class Target:
    """The namespaces of a container's first process, held open, so that a reused pid cannot mislead."""

    def __init__(self, pid: int, started: int) -> None:
        self.pid = pid
        self.root = f"/proc/{pid}/root"
        self.namespaces = {kind: os.open(f"/proc/{pid}/ns/{KINDS[kind][1]}", os.O_RDONLY) for kind in ORDER}
        if start_time(pid) != started:
            raise ConflictError("the container ended meanwhile")

    def has_own(self, kind: str) -> bool:
        """Whether it is another namespace than ours."""
        ours = os.stat(f"/proc/self/ns/{KINDS[kind][1]}")
        return ours.st_ino != os.fstat(self.namespaces[kind]).st_ino

    def join_engine(self) -> None:
        """Enter the user namespace that pyker runs in for this user; the container's may be one below."""
        if self.has_own("user"):
            namespace = below_ours(os.dup(self.namespaces["user"]))
            setns(namespace, NEWUSER)
            os.close(namespace)

    def join(self, kind: str) -> None:
        """Enter one namespace; the one we are in already is left alone."""
        if self.has_own(kind):
            setns(self.namespaces[kind], KINDS[kind][0])


def enter(  # noqa: PLR0913 - a process, its streams and its place are that many things
    target: Target,
    complete: "Callable[[int], Process]",
    stdio: Stdio,
    *,
    terminal: bool,
    seccomp: "dict[str, Any] | None",
    cache: str,
    join_group: "Callable[[], None]",
    keep: "tuple[int, ...]" = (),
    agent: "Agent | None" = None,
) -> Launched:
    """Start a process in the container of *target*, which must be a child subreaper's business.

    It gets the descriptors *keep* beside *stdio*. *complete* makes its OCI process from the container's open
    root (it looks up the user there). *agent* answers calls that *seccomp* holds up.
    Raises CommandError (126, 127) or LaunchError.
    """
    rules = make_filter(seccomp, cache, agent=agent is not None)
    mine, theirs = pair()
    rules = rules.replace(talk=theirs.fileno())
    first = os.fork()
    if first == 0:
        mine.close()
        _join(target, complete, (stdio, keep), theirs, rules, join_group)
    theirs.close()
    born = [first]
    try:
        launched = _converse(mine, born, agent, terminal=terminal)
        del born[1:]
        return launched
    finally:
        mine.close()
        for pid in born:  # the second too when it failed: unless it is reaped, its container cannot end
            os.waitpid(pid, 0)


def _converse(end: "_socket.socket", born: "list[int]", agent: "Agent | None", *, terminal: bool) -> Launched:
    message = hear(end)
    if not message.startswith(b'{"child"'):
        raise_failure(message, "the process ended before it had joined the container")
    child = loads(message)
    born.append(child["child"])
    say(end, GO)
    master = receive_descriptor(end, CONSOLE) if terminal else -1
    last, listener = hear_with_descriptor(end)
    if agent and listener >= 0:
        agent.take(child["child"], listener)
        say(end, GO)
        last = hear(end)
    if len(last) == 4:
        raise exec_failure(int.from_bytes(last, "little"), child["name"])
    if last:
        raise_failure(last, "the process ended before its program began")
    pid = child["child"]
    return Launched(pid, start_time(pid), master)


def _join(
    target: Target,
    complete: "Callable[[int], Process]",
    files: "tuple[Stdio, tuple[int, ...]]",
    end: "_socket.socket",
    seccomp: Filter,
    join_group: "Callable[[], None]",
) -> "NoReturn":
    """The first fork: join everything, fork once more, tell the pid, end."""
    doing = "join the container"
    try:
        if in_initial_user_namespace():
            hide_from_ptrace()
        join_group()
        if os.geteuid():
            target.join_engine()
        doing = "look up the user"
        root = os.open(target.root, CLOEXEC_DIRECTORY)
        process = complete(root)
        os.close(root)
        doing = "join the container"
        _limit(process)
        set_groups = _enter_user_namespace(target, process, files[0])
        leave_session_keyring()
        hide_from_ptrace()
        for kind in ORDER[1:-1]:
            target.join(kind)
        profile = _profile(process)
        forget_imports()
        setns(target.namespaces["mount"], KINDS["mount"][0])
        pid = os.fork()
        if pid == 0:
            _become(process, files, end, seccomp, set_groups=set_groups, profile=profile)
        end.send(dumps({"child": pid, "name": process["args"][0]}).encode())
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told and we end
        say(end, failure(doing, error))
    os._exit(1)


def _profile(process: "Process") -> "Profile | None":
    """The AppArmor profile of the program, made while /proc is the host's."""
    if not process.get("apparmorProfile"):
        return None
    from pyker.kernel.apparmor import Profile

    return Profile(process["apparmorProfile"])


def _limit(process: "Process") -> None:
    """What is asked of the kernel while /proc is the host's and this process has the host's rights."""
    score(process)
    limit_resources(process)
    if personality := process.get("personality"):
        set_personality(personality["domain"])


def _enter_user_namespace(target: Target, process: "Process", stdio: Stdio) -> bool:
    """Be root of the container's user namespace, if it has one of its own; whether groups may be set there.

    The pipes must be given away before: in there, they are not this process's own.
    """
    if target.has_own("user"):
        from pyker.runtime.ids import give_streams, maps_of_process

        owner = maps_of_process(target.pid).owner(process["user"]["uid"], process["user"]["gid"])
        give_streams((stdio.stdin, stdio.stdout, stdio.stderr), *owner)
        target.join("user")
        set_groups = may_set_groups()
        become_root(set_groups=set_groups)
        return set_groups
    return may_set_groups()


def _become(
    process: "Process",
    files: "tuple[Stdio, tuple[int, ...]]",
    end: "_socket.socket",
    seccomp: Filter,
    *,
    set_groups: bool,
    profile: "Profile | None",
) -> "NoReturn":
    """The second fork: inside, it takes its streams, drops its rights and becomes the program."""
    doing = "open a terminal"
    stdio, keep = files
    try:
        hear_word(end, GO)
        os.setsid()
        if process.get("terminal"):
            take_terminal(_own_terminal(end, process.get("consoleSize")))
        else:
            for number, source in enumerate((stdio.stdin, stdio.stdout, stdio.stderr)):
                os.dup2(source, number)
        own_streams(process["user"]["uid"], process["user"]["gid"])
        if profile:
            profile.open()
        close_from(3, keep=[end.fileno(), *keep, *((profile.descriptor,) if profile else ())])
        doing = "enter the working directory"
        enter_directory(process["cwd"])
        if profile:
            doing = "set the AppArmor profile"
            profile.enter()
        doing = "drop privileges"
        assume_rights(process, seccomp, set_groups=set_groups)
        doing = "execute"
        path = find_command(process["args"][0], process["env"])
        exec_program(os.fsencode(path), process["args"], process["env"], end.fileno(), keep=keep)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told and we end
        say(end, failure(doing, error))
    os._exit(1)


def _own_terminal(end: "_socket.socket", size: "dict[str, int] | None") -> int:
    root = os.open("/", CLOEXEC_DIRECTORY)
    master, slave = open_terminal(root, size)
    send_descriptor(end, CONSOLE, master)
    return slave
