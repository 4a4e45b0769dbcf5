"""Restarting a container: stop it, without the consequences a stop has, and start it again."""

from pyker.engine.apart import apart
from pyker.engine.containers import find_container
from pyker.engine.ending import KEEP
from pyker.engine.events import record_container
from pyker.engine.start import start
from pyker.engine.stop import stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home


def restart(
    home: "Home",
    text: str,
    *,
    timeout: "float | None" = None,
    signal: str = "",
    warn: "Callable[[str], None]",
) -> None:
    """Stop container *text* as `stop` does, if it runs, and start it.

    One made with --rm is not removed by this. Raises NotFoundError, ConflictError when it does not end,
    and what `start` raises; it is stopped then.
    """
    container = find_container(home, text)
    if container.is_active:
        stop(home, container.id, timeout=timeout, signal=signal, word=KEEP)
    # In a child, as a user: this command may have further containers to stop.
    apart(home, lambda: start(home, container.id, warn=warn), reentered=False)
    record_container(home, container, "restart")
