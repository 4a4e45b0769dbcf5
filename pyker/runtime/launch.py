"""The parent's half of a start: fork, place, wire, go. See message.py for the talk.

The child is forked into its new pid namespace, so it is born as pid 1 there; every other namespace
it makes by itself, after it has been put into its cgroup (the cgroup namespace must begin there).
"""

import errno
import os

from pyker.kernel.liveness import start_time
from pyker.kernel.namespaces import KINDS, setns
from pyker.kernel.process import fork_into, hide_from_ptrace
from pyker.runtime.child import Child, become_container
from pyker.runtime.inside import in_initial_user_namespace
from pyker.runtime.message import (
    CONSOLE,
    CREATED,
    GO,
    MOUNTED,
    READY,
    LaunchError,
    exec_failure,
    hear,
    hear_with_descriptor,
    hear_word,
    pair,
    raise_failure,
    receive_descriptor,
    say,
)
from pyker.runtime.process import Launched, Manner, Stdio
from pyker.runtime.rights import make_filter

BORN_INTO = ("user", "pid")  # in this order: the second may belong to the first

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable, Mapping
    from typing import Any


class Acts:
    """What the caller does for a launch: control groups and networks are not this floor's business."""

    def __init__(
        self,
        enter: "Callable[[], None]",
        began: "Callable[[int, int], None]",
        wire: "Callable[[int], None]",
    ) -> None:
        self.enter = enter  # in the child: move the calling process into its control group
        self.began = began  # told pid and start time of the child, before anything can be seen of it
        self.wire = wire  # give the network namespace of a pid its interfaces, while the child mounts


def launch(
    spec: "dict[str, Any]",
    stdio: Stdio,
    *,
    cache: str,
    acts: Acts,
    manner: "Manner | None" = None,
    trees: "Mapping[str, int] | None" = None,
) -> Launched:
    """Start the process that OCI *spec* describes and return once it has become its program.

    With a hold in *manner*: once it waits to become it. Compiled seccomp filters are kept below *cache*.
    *trees* are detached mounts by destination, used instead of what the spec names as their source.
    Raises CommandError (126, 127) when the command cannot be executed, LaunchError for all else; nothing of
    the child is left then.
    """
    seccomp = make_filter(spec["linux"].get("seccomp"), cache, agent=bool(manner and manner.agent))
    mine, theirs = pair()
    nested = any(item["type"] == "user" for item in spec["linux"]["namespaces"])
    from_root = nested and os.geteuid() == 0 and in_initial_user_namespace()
    pid = _fork(spec)
    if pid == 0:
        mine.close()
        streams = (stdio.stdin, stdio.stdout, stdio.stderr)
        child = Child(spec, streams, theirs, seccomp, acts.enter, from_root=from_root)
        child.manner = manner or child.manner
        child.sources.update(trees or {})
        become_container(child)
    theirs.close()
    try:
        if nested:
            from pyker.runtime.ids import prepare_ids

            prepare_ids(spec, pid, (stdio.stdin, stdio.stdout, stdio.stderr), mine)
        return _converse(spec, pid, mine, acts, manner or Manner())
    except BaseException:
        end_child(pid)
        raise
    finally:
        mine.close()


def _fork(spec: "dict[str, Any]") -> int:
    """Fork a child born in the user and pid namespaces of *spec*; later children stay in our own.

    A new pid namespace must belong to the new user namespace, or no /proc could be mounted for it.
    """
    places = {item["type"]: item.get("path") or "" for item in spec["linux"]["namespaces"]}
    fresh = sum(KINDS[kind][0] for kind in BORN_INTO if places.get(kind) == "")
    joined = [(kind, places[kind]) for kind in BORN_INTO if places.get(kind)]
    if not joined:
        return fork_into(fresh) if fresh else os.fork()
    reader, writer = os.pipe2(os.O_CLOEXEC)
    middle = os.fork()
    if middle == 0:
        os.close(reader)
        _fork_joined(joined, fresh, writer)
        os.close(writer)
        return 0
    os.close(writer)
    with open(reader, "rb") as file:
        pid = int(file.read() or b"0")
    os.waitpid(middle, 0)
    if pid <= 0:
        raise LaunchError(
            f"cannot join a {' or '.join(kind for kind, _ in joined)} namespace: {os.strerror(-pid)}"
        )
    return pid


def _fork_joined(joined: "list[tuple[str, str]]", fresh: int, writer: int) -> None:
    """The middle's life: it joins, so that its child is born inside, tells the child's pid and ends.

    Only the child returns; it falls to our parent, a subreaper. A middle is needed because only root can
    go back to its own pid namespace. Those inside get no sight of what was the command; a user's are kept
    off by holding fewer capabilities (ptrace(2)), and its supervisor could not wire what it may not see.
    """
    try:
        if in_initial_user_namespace():
            hide_from_ptrace()
        for kind, path in joined:
            with open(path, "rb") as file:
                setns(file.fileno(), KINDS[kind][0])
        if (pid := fork_into(fresh) if fresh else os.fork()) == 0:
            return
    except OSError as error:
        pid = -(error.errno or errno.EIO)
    os.write(writer, b"%d" % pid)
    os._exit(0)


def _converse(
    spec: "dict[str, Any]",
    pid: int,
    end: "_socket.socket",
    acts: Acts,
    manner: Manner,
) -> Launched:
    started = start_time(pid)
    acts.began(pid, started)
    hear_word(end, READY)
    _wire(pid, end, acts)
    hooks = manner.hooks
    if hooks and hooks.has("prestart", "createRuntime"):
        hear_word(end, MOUNTED)
        hooks.run("prestart", "creating", pid)
        hooks.run("createRuntime", "creating", pid)
    say(end, GO)
    master = receive_descriptor(end, CONSOLE) if spec["process"].get("terminal") else -1
    last, listener = hear_with_descriptor(end)
    if manner.agent and listener >= 0:
        manner.agent.take(pid, listener)
        say(end, GO)
        last = hear(end)
    if last == CREATED:
        return Launched(pid, started, master)
    if len(last) == 4:
        raise exec_failure(int.from_bytes(last, "little"), spec["process"]["args"][0])
    if last:
        raise_failure(last, "the container's process ended before its program began")
    if not started:
        raise LaunchError("the container's process ended at once")
    return Launched(pid, started, master)


def _wire(pid: int, end: "_socket.socket", acts: Acts) -> None:
    """Wire the network; when the child is gone its own words say why, not ours."""
    try:
        acts.wire(pid)
    except OSError:
        if start_time(pid) == 0 or not os.path.exists(f"/proc/{pid}/ns/net"):  # it leaves these as it ends
            raise_failure(hear(end), "the container's process ended before its network was wired")
        raise


def end_child(pid: int) -> None:
    """Kill and reap a child that will not become a container."""
    try:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return
