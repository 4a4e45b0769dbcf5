"""`attach`: one more client of a container that runs."""

import os

from pyker.base.errors import ConflictError
from pyker.engine.attach import connect
from pyker.engine.containers import find_container
from pyker.engine.fork import Started
from pyker.engine.start import follow, record_attach
from pyker.kernel import terminal
from pyker.model.container import PAUSED, RESTARTING
from pyker.supervisor.attach import RESIZE, frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def attach_to(
    home: "Home", text: str, *, stdin: bool = True, detach_keys: str = "", sig_proxy: bool = True
) -> "int | None":
    """Have the streams of container *text* until it ends (its exit code) or the user detaches (None).

    With *stdin* our input goes to it, if it takes any. Raises NotFoundError, ConflictError when it does not
    run, PykerError when its supervisor is gone.
    """
    container = _running(home, text)
    connection = connect(home, container.id)
    record_attach(home, container)
    config = container.config["config"]
    if config["Tty"]:
        _have_it_redrawn(connection)
    streams = ("stdin", "stdout", "stderr") if stdin and config["OpenStdin"] else ("stdout", "stderr")
    return follow(
        home,
        container,
        Started(0, connection),
        streams=streams,
        detach_keys=detach_keys,
        sig_proxy=sig_proxy,
    )


def _running(home: "Home", text: str) -> "Container":
    container = find_container(home, text)
    if container.status == PAUSED:
        raise ConflictError(
            "You cannot attach to a paused container, unpause it first", hint=f"pyker unpause {text}"
        )
    if container.status == RESTARTING:
        raise ConflictError("You cannot attach to a restarting container, wait until it is running")
    if not container.is_running:
        raise ConflictError(
            "You cannot attach to a stopped container, start it first", hint=f"pyker start -a {text}"
        )
    return container


def _have_it_redrawn(connection: int) -> None:
    """Give the container's terminal another size; at the right one, told next, its program draws anew."""
    if terminal.is_terminal(1):
        rows, columns = terminal.window_size(1)
        os.write(connection, frame(RESIZE, {"rows": rows + 1, "cols": columns}))
