"""Run: create, start, and stay its client until it ends."""

from pyker.engine.entry import enter_for
from pyker.engine.start import follow, passes_streams, prepare_supervisor, record_attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.request import RunRequest


def run(
    home: "Home",
    request: "RunRequest",
    *,
    report: "Callable[[str], None]",
    warn: "Callable[[str], None]",
    detach_keys: str = "",
    sig_proxy: bool = True,
) -> int:
    """Run a new container in the foreground: its exit code, 0 when the client detached."""
    _start_required(home, request, warn)
    enter_for(home, _modes(request), warn)
    with prepare_supervisor(home, attached=True, descriptors=request.descriptors) as supervisor:
        from pyker.engine.create import create

        container = create(home, request, report=report, warn=warn)
        record_attach(home, container)
        started = supervisor.start(container.id, warn, with_streams=passes_streams(container))
    config = container.config["config"]
    names = ("stdout", "stderr") if passes_streams(container) else ("stdin", "stdout", "stderr")
    code = follow(
        home,
        container,
        started,
        streams=tuple(name for name in names if config[f"Attach{name.title()}"]),
        detach_keys=detach_keys,
        sig_proxy=sig_proxy,
    )
    return code or 0


def _modes(request: "RunRequest") -> "tuple[str, ...]":
    """Where the request may name another container whose namespace is to be joined."""
    userns = request.identity.userns if request.identity is not None else ""
    return request.network, request.pid_mode, request.ipc_mode, request.cgroup_mode, userns


def run_detached(
    home: "Home",
    request: "RunRequest",
    *,
    report: "Callable[[str], None]",
    warn: "Callable[[str], None]",
) -> "Container":
    """Run a new container in the background; return it as soon as its program runs."""
    _start_required(home, request, warn)
    enter_for(home, _modes(request), warn)
    with prepare_supervisor(home, attached=False, descriptors=request.descriptors) as supervisor:
        from pyker.engine.create import create

        container = create(home, request, report=report, warn=warn)
        supervisor.start(container.id, warn, with_streams=passes_streams(container))
    return container


def _start_required(home: "Home", request: "RunRequest", warn: "Callable[[str], None]") -> None:
    if request.requires:
        from pyker.engine.requires import start_required

        start_required(home, request.requires, warn)
