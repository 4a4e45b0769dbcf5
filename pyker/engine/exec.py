"""Running one more command in a container that runs."""

from pyker.base.errors import ConflictError
from pyker.base.ids import new_id
from pyker.base.jsonfile import read
from pyker.engine.containers import find_container, hidden_variables
from pyker.engine.entry import guard
from pyker.engine.events import record_container
from pyker.engine.fork import fork_supervisor
from pyker.kernel.liveness import start_time
from pyker.kernel.process import send_signal
from pyker.model.container import PAUSED, RESTARTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.engine.fork import Report
    from pyker.model.container import Container
    from pyker.model.exec_request import ExecRequest


def execute(
    home: "Home", text: str, request: "ExecRequest", *, warn: "Callable[[str], None]" = lambda _: None
) -> int:
    """Run *request* in container *text*: its exit code, 0 when detached.

    Raises NotFoundError, ConflictError when it does not run, CommandError (126, 127).
    """
    container = _running(home, text)
    spec = read(f"{container.path}/spec.json")
    spec["process"]["env"] += hidden_variables(container)
    guard(spec)
    identity, words = new_id(), " ".join(request.command)
    record_container(home, container, f"exec_create: {words}", execID=identity)

    def life(report: "Report", clients: "list[int]") -> None:
        from pyker.engine.enter import enter_container
        from pyker.engine.leash import Leash
        from pyker.supervisor.loop import supervise

        report.order()
        job = enter_container(home, container, spec, request)
        record_container(home, container, f"exec_start: {words}", execID=identity)
        report.passed.close()
        report.started(job.pid)

        def finish(code: int, leaving: bool) -> None:  # noqa: ARG001, FBT001 - a callback's
            record_container(home, container, "exec_die", execID=identity, exitCode=str(code))

        supervise(job, clients, wake=(), finish=finish, duties=(Leash(job.pid),))

    with fork_supervisor(life, attached=not request.detach, descriptors=request.descriptors) as supervisor:
        from pyker.engine.attach import attach_client

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
    if container.status == RESTARTING:
        raise ConflictError(f"Container {container.id} is restarting, wait until the container is running")
    if not container.is_running:
        raise ConflictError(f"Container {container.id} is not running", hint=f"pyker start {container.name}")
    return container
