"""Re-entry for a start: into a user namespace of one's own, or into that of a container to be joined.

A namespace can be joined only from the user namespace that owns it, or from one above it: see setns(2).
"""

from pyker.base.jsonfile import read
from pyker.engine.containers import find_container
from pyker.namespaces.userns import reenter, rejoin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pyker.base.home import Home


def enter_for(home: "Home", modes: "Iterable[str]", warn: "Callable[[str], None]") -> None:
    """Re-enter to start a container with the namespace *modes*; root stays as it is.

    Raises NotFoundError for a container in *modes* that does not exist.
    """
    for mode in modes:
        if mode.startswith("container:"):
            other = find_container(home, mode.partition(":")[2])
            if other.has_process and home.rootless:
                rejoin(home, other.pid)
                return
            if other.has_process:
                guard(read(f"{other.path}/spec.json"))
    reenter(home, warn)


def guard(spec: "dict[str, Any]") -> None:
    """Before joining a container that may trace processes: let it see a sealed interpreter only."""
    if "CAP_SYS_PTRACE" in spec["process"]["capabilities"]["bounding"]:
        from pyker.runtime.sealed import run_sealed

        run_sealed()
