"""`container init`: all of a start but its last step; the program waits until `start` lets it begin."""

from pyker.base.clock import now
from pyker.base.errors import ConflictError
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.engine.containers import find_container, load_container, run_path
from pyker.engine.events import record_container
from pyker.engine.run_record import mark_unfinished
from pyker.engine.start import begin_supervised
from pyker.kernel.liveness import alive
from pyker.model.container import INITIALIZED
from pyker.runtime.hold import let_begin, make_hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.engine.run_record import RunRecord
    from pyker.model.container import Container
    from pyker.runtime.process import Manner


def initialize(home: "Home", text: str, warn: "Callable[[str], None]") -> str:
    """Make all that container *text* needs, its first process too, which waits; the container's id.

    Raises NotFoundError; ConflictError for one of which something lives already; and what a start raises.
    """
    container = find_container(home, text)
    if not container.may_move(INITIALIZED):
        raise ConflictError(
            f"cannot initialize container {container.name}: it is {container.status}",
            hint=f"pyker stop {container.name}",
        )
    begin_supervised(home, container, warn, held=True)
    return container.id


def holding(manner: "Manner", record: "RunRecord") -> "Manner":
    """*manner* with a program that waits, as the run's record says from now on."""
    record.write(held=True)
    return manner.replace(hold=make_hold(record.directory))


def let_go(home: "Home", container: "Container") -> None:
    """Let the program of an initialized *container* begin.

    Raises ConflictError when it ended or began meanwhile, CommandError when it cannot be executed.
    """
    with Lock(f"{container.path}/lock"):
        current = load_container(home, container.id)
        if current is None or current.status != INITIALIZED or current.run is None:
            raise ConflictError(f"container {container.name} is not initialized any more", hint="try again")
        place = run_path(home, container.id)
        try:
            let_begin(place, current.config["path"])
        except ConflictError:
            if not alive(current.run["pid"], current.run["started"]):
                raise
            # It was let go by a command that died before it could tell.
        run = {**current.run, "held": False, "started_at": now()}
        write(f"{place}/run.json", run, durable=False)
        mark_unfinished(current, run)
        record_container(home, current, "start")
