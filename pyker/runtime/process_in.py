"""One more process in a bundle's container, as `exec` of the runtime's command line starts it."""

import os

from pyker.base.errors import ConflictError
from pyker.kernel.process import become_subreaper
from pyker.runtime.exec import Target, enter
from pyker.runtime.process import Stdio
from pyker.runtime.state import PAUSED, STOPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.runtime.notify import Agent
    from pyker.runtime.process import Launched
    from pyker.runtime.state import State


def guard(config: "dict[str, Any]") -> None:
    """Before joining a container that may trace processes: let it see a sealed interpreter only."""
    capabilities = config["process"].get("capabilities") or {}
    if "CAP_SYS_PTRACE" in (capabilities.get("bounding") or ()):
        from pyker.runtime.sealed import run_sealed

        run_sealed()


def execute(
    state: "State",
    config: "dict[str, Any]",
    process: "dict[str, Any]",
    *,
    descriptors: "tuple[int, ...]" = (),
    ignore_paused: bool = False,
) -> "Launched":
    """Start the OCI *process* in *state*'s container, on our own 0, 1 and 2 or a new terminal.

    Raises ConflictError when the container does not run, CommandError or LaunchError.
    """
    status = state.status
    if status == STOPPED:
        raise ConflictError("cannot exec in a stopped container")
    if status == PAUSED and not ignore_paused:
        raise ConflictError("cannot exec in a paused container (use --ignore-paused to override)")
    become_subreaper()
    return enter(
        Target(state.pid, int(state.document["started"])),
        lambda _: process,
        Stdio(0, 1, 2),
        terminal=bool(process.get("terminal")),
        seccomp=config["linux"].get("seccomp"),
        cache=f"{os.path.dirname(state.place)}/~cache",
        join_group=state.group.enter,
        keep=descriptors,
        agent=_agent(state, config),
    )


def _agent(state: "State", config: "dict[str, Any]") -> "Agent | None":
    """Who answers for the calls that the container's filter holds up: as for its first process."""
    if not (config["linux"].get("seccomp") or {}).get("listenerPath"):
        return None
    from pyker.runtime.notify import Agent

    return Agent(config, state.id, state.document["bundle"], state.pid)
