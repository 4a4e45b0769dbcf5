"""The supervisor's half of `exec`: into the container's group and namespaces, as its user."""

from pyker.cgroup.group import Group
from pyker.engine.streams import Streams
from pyker.namespaces.userns import require_ids
from pyker.runtime.exec import Target, enter
from pyker.security.capabilities import available, section
from pyker.security.user import lookup
from pyker.supervisor.job import Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.exec_request import ExecRequest
    from pyker.runtime.process import Launched, Stdio


def enter_container(
    home: "Home", container: "Container", spec: "dict[str, Any]", request: "ExecRequest"
) -> Job:
    """Start *request* in *container*, which runs *spec*: the job that is left to do.

    Raises NotFoundError (no such user), CommandError (126, 127) or another PykerError.
    """
    streams = Streams(tty=request.tty, stdin_open=request.interactive)
    launched = join(home, container, spec, request, streams.inside)
    streams.close_inside()
    return _job(container, launched, streams)


def join(
    home: "Home", container: "Container", spec: "dict[str, Any]", request: "ExecRequest", stdio: "Stdio"
) -> "Launched":
    """Start *request* in *container*, which runs *spec*, on *stdio*; raises as *enter_container* does."""
    run = container.run or {}

    def complete(root: int) -> "dict[str, Any]":
        process = _process(container, spec["process"], request, root)
        process["personality"] = spec["linux"].get("personality")
        if home.rootless or container.config["host"].get("UsernsMode"):
            _require(run["pid"], process["user"])
        return process

    return enter(
        Target(run["pid"], run["started"]),
        complete,
        stdio,
        terminal=request.tty,
        seccomp=None if request.privileged else spec["linux"].get("seccomp"),
        cache=home.below("cache"),
        join_group=Group.from_paths(run.get("cgroup") or {}).enter,
        keep=request.descriptors,
    )


def _require(pid: int, user: "dict[str, Any]") -> None:
    """See *require_ids*: the ids that count are those of the container with first process *pid*."""
    from pyker.runtime.ids import maps_of_process

    require_ids(user["uid"], user["gid"], maps_of_process(pid))


def _process(
    container: "Container", base: "dict[str, Any]", request: "ExecRequest", root: int
) -> "dict[str, Any]":
    """The OCI process of *request*: the container's, with what exec says over it."""
    config, host = container.config["config"], container.config["host"]
    user = lookup(root, request.user or config["User"], host["GroupAdd"] or ())
    umask = base["user"].get("umask", 0o022)
    names = available() if request.privileged else tuple(base["capabilities"]["bounding"])
    return {
        **base,
        "terminal": request.tty,
        "user": {"uid": user.uid, "gid": user.gid, "umask": umask, "additionalGids": list(user.groups)},
        "args": list(request.command),
        "env": _environment(base["env"], request, user.home),
        "cwd": request.working_directory or base["cwd"],
        "capabilities": section(names, user.uid),
    }


def _environment(base: "list[str]", request: "ExecRequest", home: str) -> "list[str]":
    variables = dict(variable.partition("=")[::2] for variable in base)
    variables.pop("TERM", None)
    if request.tty:
        variables["TERM"] = "xterm"
    if request.user:
        variables["HOME"] = home
    variables.update(variable.partition("=")[::2] for variable in request.environment)
    return [f"{name}={value}" for name, value in variables.items()]


def _job(container: "Container", launched: "Launched", streams: Streams) -> Job:
    return Job(
        id=container.id,
        pid=launched.pid,
        started=launched.started,
        name=container.name,
        stdin=streams.stdin,
        stdout=streams.stdout,
        stderr=streams.stderr,
        master=launched.master,
        log_driver="none",
        stdin_once=True,
        may_park=False,
    )
