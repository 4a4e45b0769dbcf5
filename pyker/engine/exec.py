"""Running one more command in a container that runs."""

from pyker.base.errors import ConflictError
from pyker.base.jsonfile import read
from pyker.cgroup.group import Group
from pyker.engine.attach import attach_client
from pyker.engine.containers import find_container
from pyker.engine.fork import fork_supervisor
from pyker.engine.streams import Streams
from pyker.kernel.liveness import start_time
from pyker.kernel.process import send_signal
from pyker.model.container import PAUSED
from pyker.runtime.exec import Target, enter
from pyker.security.capabilities import available, section
from pyker.security.user import lookup
from pyker.supervisor.job import Job
from pyker.supervisor.loop import supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.engine.fork import Report
    from pyker.model.container import Container
    from pyker.model.exec_request import ExecRequest
    from pyker.runtime.launch import Launched


def execute(
    home: "Home", text: str, request: "ExecRequest", *, warn: "Callable[[str], None]" = lambda _: None
) -> int:
    """Run *request* in container *text*: its exit code, 0 when detached.

    Raises NotFoundError, ConflictError when it does not run, CommandError (126, 127).
    """
    container = _running(home, text)
    spec = read(f"{container.path}/spec.json")
    _guard(spec)

    def life(report: "Report", clients: "list[int]") -> None:
        report.order()
        streams = Streams(tty=request.tty, stdin_open=request.interactive)
        launched = _enter(home, container, spec, request, streams)
        streams.close_inside()
        report.started(launched.pid)
        supervise(_job(container, launched, streams), clients, wake=(), finish=lambda _: None)

    with fork_supervisor(life, attached=not request.detach) as supervisor:
        started = supervisor.start(container.id, warn)
    if request.detach:
        return 0
    born = start_time(started.pid)

    def kill(number: int) -> None:
        send_signal(started.pid, born, number)

    code = attach_client(
        started.client,
        stdin=request.interactive,
        tty=request.tty,
        detach_keys=request.detach_keys,
        kill=kill,
    )
    return code or 0


def _running(home: "Home", text: str) -> "Container":
    container = find_container(home, text)
    if container.status == PAUSED:
        raise ConflictError(f"Container {text} is paused, unpause the container before exec")
    if not container.is_running:
        raise ConflictError(f"Container {container.id} is not running", hint=f"pyker start {container.name}")
    return container


def _guard(spec: "dict[str, Any]") -> None:
    """A container that may trace processes gets to see a sealed interpreter only."""
    if "CAP_SYS_PTRACE" in spec["process"]["capabilities"]["bounding"]:
        from pyker.runtime.sealed import run_sealed

        run_sealed()


def _enter(
    home: "Home",
    container: "Container",
    spec: "dict[str, Any]",
    request: "ExecRequest",
    streams: Streams,
) -> "Launched":
    run = container.run or {}

    def complete(root: int) -> "dict[str, Any]":
        return _process(container, spec["process"], request, root)

    return enter(
        Target(run["pid"], run["started"]),
        complete,
        streams.inside,
        terminal=request.tty,
        seccomp=None if request.privileged else spec["linux"].get("seccomp"),
        cache=home.below("cache"),
        join_group=Group.from_paths(run.get("cgroup") or {}).enter,
    )


def _process(
    container: "Container", base: "dict[str, Any]", request: "ExecRequest", root: int
) -> "dict[str, Any]":
    """The OCI process of *request*: the container's, with what exec says over it."""
    config, host = container.config["config"], container.config["host"]
    user = lookup(root, request.user or config["User"], host["GroupAdd"] or ())
    names = available() if request.privileged else tuple(base["capabilities"]["bounding"])
    return {
        **base,
        "terminal": request.tty,
        "user": {"uid": user.uid, "gid": user.gid, "umask": 0o022, "additionalGids": list(user.groups)},
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
