"""run.json: what a start makes, told before and as it is made, so that whatever is left can be undone."""

import os
import time

from pyker.base.boot import boot_id
from pyker.base.jsonfile import write, write_bytes
from pyker.engine.cleanup import has_policy
from pyker.engine.clock import now
from pyker.engine.containers import read_state, run_path
from pyker.kernel.liveness import start_time
from pyker.model.container import RESTARTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container


class RunRecord:
    """run.json in the making: the intent before anything is made, then each thing as it is made."""

    def __init__(self, home: "Home", container: "Container") -> None:
        self.container = container
        self.directory = run_path(home, container.id)
        last = read_state(container.path)
        self.document: dict[str, Any] = {
            "version": 1,
            "run": last.get("run", 0) + 1,
            "boot": boot_id(),
            "supervisor": {"pid": os.getpid(), "started": start_time(os.getpid())},
            "pid": 0,
            "started": 0,
            "started_at": now(),
            "began": time.monotonic(),
        }
        if container.status == RESTARTING:
            before = container.run or {}
            self.document |= {key: before[key] for key in ("restarting", "restarts", "pause")}
        os.makedirs(self.directory, 0o700, exist_ok=True)

    def write(self, **facts: object) -> None:
        """Add *facts* and put the record in place."""
        self.document.update(facts)
        write(f"{self.directory}/run.json", self.document, durable=False)

    def begin(self, pid: int, started: int, network: "dict[str, Any]") -> None:
        """The first process is there; what it is told to whoever asked for a file with its pid."""
        if path := self.container.config["config"].get("PidFile"):
            write_bytes(path, b"%d" % pid, durable=False, mode=0o644)
        self.write(pid=pid, started=started, restarting=False, network=network)


def mark_unfinished(container: "Container", run: "dict[str, Any]") -> None:
    """Leave a mark that outlives a boot, so that a power cut is told from a container that never ran."""
    mark = {key: run[key] for key in ("version", "run", "started_at")}
    mark |= {"unfinished": True, "restarts": run.get("restarts", 0)}
    last = read_state(container.path)
    mark |= {key: last[key] for key in ("code", "finished") if key in last}  # for who waits for that end
    news = has_policy(container) and (not last.get("run") or last.get("stopped"))
    write(f"{container.path}/state.json", mark, durable=bool(news))  # else it would stay ended at boot
