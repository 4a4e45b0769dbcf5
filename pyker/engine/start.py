"""Starting a container: the command forks the supervisor, the supervisor starts the container.

The supervisor holds the container's lock while it starts, so that it is whole or absent whatever
happens to the command. It makes everything the container needs, and from then on it alone owns it.
What only one of the two needs is imported after the fork, by both at once.
"""

import os

from pyker.base.errors import ConflictError, InvalidError
from pyker.engine.containers import find_container, load_container
from pyker.engine.entry import enter_for
from pyker.engine.fork import AlreadyRunningError, Started, fork_supervisor
from pyker.model.container import INITIALIZED, PAUSED
from pyker.model.log_config import PASSTHROUGH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.engine.fork import Report, Supervisor
    from pyker.model.container import Container


def start(  # noqa: PLR0913 - the words of a command line
    home: "Home",
    text: str,
    *,
    attach: bool = False,
    stdin: bool = False,
    warn: "Callable[[str], None]",
    detach_keys: str = "",
    sig_proxy: bool = True,
) -> "int | None":
    """Start container *text*; one that runs already is left so.

    With *attach* its output (and with *stdin* its input) is this command's until it ends, and its exit
    code is returned; None when it was only started, or detached from.
    """
    container = find_container(home, text)
    if container.status == PAUSED:
        raise ConflictError("cannot start a paused container, try unpause instead")
    begin = _last_step(home, container)
    if not attach:
        if begin is not None:
            begin()
        elif not container.is_active:
            _start_unless_running(home, container, warn)
        return None
    record_attach(home, container)
    try:
        if begin is None:
            started = begin_supervised(home, container, warn, attached=True)
        else:
            started = _joined(home, container)
    except AlreadyRunningError:
        started = _joined(home, container)
    streams = ("stdin", "stdout", "stderr") if stdin else ("stdout", "stderr")
    return follow(
        home, container, started, streams=streams, detach_keys=detach_keys, sig_proxy=sig_proxy, begin=begin
    )


def _last_step(home: "Home", container: "Container") -> "Callable[[], None] | None":
    """What is left to do for an initialized container, None for any other."""
    if container.status != INITIALIZED:
        return None
    from pyker.engine.initialize import let_go

    return lambda: let_go(home, container)


def _start_unless_running(home: "Home", container: "Container", warn: "Callable[[str], None]") -> None:
    try:
        begin_supervised(home, container, warn)
    except AlreadyRunningError:
        return


def _joined(home: "Home", container: "Container") -> Started:
    """As one more client of a container that has a supervisor."""
    from pyker.engine.attach import connect

    return Started(0, connect(home, container.id))


def begin_supervised(
    home: "Home",
    container: "Container",
    warn: "Callable[[str], None]",
    *,
    attached: bool = False,
    held: bool = False,
) -> Started:
    """Have a supervisor start *container*; when *held*, its program waits for `start`."""
    if not container.is_active:
        if required := container.config.get("requires"):
            from pyker.engine.requires import start_required

            start_required(home, required, warn)
        host = container.config["host"]
        modes = [str(host[key]) for key in ("NetworkMode", "PidMode", "IpcMode", "CgroupnsMode")]
        modes.append(host.get("UsernsMode") or "")
        enter_for(home, modes, warn)
    with prepare_supervisor(home, attached=attached, held=held) as supervisor:
        return supervisor.start(container.id, warn, with_streams=passes_streams(container))


def passes_streams(container: "Container") -> bool:
    """Whether *container* is to have this command's own streams, by the log driver passthrough.

    Raises InvalidError for a terminal: what reaches one can type on it, see TIOCSTI in ioctl_tty(2).
    """
    if container.config["host"]["LogConfig"]["Type"] != PASSTHROUGH:
        return False
    if container.config["config"]["Tty"] or any(map(os.isatty, (0, 1, 2))):
        raise InvalidError(
            "the log driver passthrough cannot be used on a TTY", hint="redirect the streams", code=125
        )
    return True


def prepare_supervisor(
    home: "Home", *, attached: bool, descriptors: "tuple[int, ...]" = (), held: bool = False
) -> "Supervisor":
    """Fork a supervisor that gets ready to start the container whose id it is then ordered to start.

    The program gets *descriptors* of ours; when *held* it waits for `start`.
    """

    def life(report: "Report", clients: "list[int]") -> None:
        from pyker.engine.launch import start_container
        from pyker.engine.supervise import watch

        if identity := report.order():
            job = start_container(home, identity, report.warn, report.passed, held=held)
            report.passed.close()
            report.started(job.pid)
            watch(home, job, clients)

    return fork_supervisor(life, attached=attached, descriptors=descriptors)


def record_attach(home: "Home", container: "Container") -> None:
    """Note that this command will be a client; before the start, as after it the container may be gone."""
    from pyker.engine.events import record_container

    record_container(home, container, "attach")


def follow(  # noqa: PLR0913 - what a client may wish for
    home: "Home",
    container: "Container",
    started: Started,
    *,
    streams: "tuple[str, ...]",
    detach_keys: str = "",
    sig_proxy: bool = True,
    begin: "Callable[[], None] | None" = None,
) -> "int | None":
    """Be the client of a container just started: its *streams* are ours until it ends or we detach.

    *begin*, the last step of the start, is taken when nothing of its output can be missed.
    """
    from pyker.engine.attach import attach_client
    from pyker.engine.events import record_container
    from pyker.engine.signals import signal_container

    def kill(number: int) -> None:
        current = load_container(home, container.id)
        if current is not None:
            signal_container(current, number)

    code = attach_client(
        started.client,
        stdin="stdin" in streams,
        streams=streams,
        tty=container.config["config"]["Tty"],
        detach_keys=detach_keys,
        kill=kill if sig_proxy else None,
        begin=begin,
    )
    if code is None:
        record_container(home, container, "detach")
    return code
