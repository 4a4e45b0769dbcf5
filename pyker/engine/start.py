"""Starting a container: the command forks the supervisor, the supervisor starts the container.

The command (P) holds the container's lock, forks the supervisor (S) and waits for its report.
S leaves P's session and mount namespace, mounts the root file system where only it and the
container can see it, and makes everything the container needs; from then on S alone owns it.
"""

from pyker.base.errors import ConflictError, NotFoundError, PykerError
from pyker.base.locks import Lock
from pyker.engine.attach import attach_client, connect
from pyker.engine.cleanup import forget_run, record_failure
from pyker.engine.containers import find_container, load_container
from pyker.engine.fork import Started, fork_supervisor
from pyker.engine.launch import launch_container
from pyker.engine.signals import signal_container
from pyker.engine.supervise import watch
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.engine.fork import Report
    from pyker.model.container import Container


class AlreadyRunningError(ConflictError):
    """Somebody else was first to start it."""


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
    reenter(home, warn)
    container = find_container(home, text)
    if container.is_running and not attach:
        return None
    try:
        started = begin(home, container, attached=attach, warn=warn)
    except AlreadyRunningError:
        if not attach:
            return None
        started = Started(0, connect(home, container.id))
    if not attach:
        return None
    return follow(home, container, started, stdin=stdin, detach_keys=detach_keys, sig_proxy=sig_proxy)


def begin(home: "Home", container: "Container", *, attached: bool, warn: "Callable[[str], None]") -> Started:
    """Start *container* and return when its program runs.

    Raises CommandError (126, 127), AlreadyRunningError or another PykerError saying what
    could not be done; the container is then as it was.
    """

    def life(report: "Report", clients: "list[int]") -> None:
        try:
            job = launch_container(home, current, report.warn)
        except PykerError as error:
            record_failure(home, current, error)
            raise
        except OSError as error:
            record_failure(home, current, PykerError(str(error), code=125))
            raise
        report.started(job.pid)
        watch(home, job, clients)

    with Lock(f"{container.path}/lock"):
        found = load_container(home, container.id)
        if found is None:
            raise NotFoundError(f"No such container: {container.name} (removed meanwhile)")
        current = found
        if current.is_running:
            raise AlreadyRunningError(f"container {container.name} is running already")
        forget_run(home, current)
        return fork_supervisor(current.name, life, attached=attached, warn=warn)


def follow(
    home: "Home",
    container: "Container",
    started: Started,
    *,
    stdin: bool,
    detach_keys: str = "",
    sig_proxy: bool = True,
) -> "int | None":
    """Be the client of a container just started: its streams are ours until it ends or we detach."""

    def kill(number: int) -> None:
        current = load_container(home, container.id)
        if current is not None:
            signal_container(current, number)

    return attach_client(
        started.client,
        stdin=stdin,
        tty=container.config["config"]["Tty"],
        detach_keys=detach_keys,
        kill=kill if sig_proxy else None,
    )
