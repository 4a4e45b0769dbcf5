"""What `ps` can be asked beyond Docker's: other orders, namespaces, Podman's fields, looking again."""

import os
import time

from pyker.base.errors import InvalidError
from pyker.base.ids import short
from pyker.base.units import human_duration, local_time, parse_time
from pyker.cli.listing import Columns, Row
from pyker.cli.output import say
from pyker.cli.usage import bad_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.model.container import Container

ORDERS = ("command", "created", "id", "image", "names", "runningfor", "size", "status")
NAMESPACES = {
    "CGroupNS": ("CGROUPNS", "cgroup"),
    "IPC": ("IPC", "ipc"),
    "MNT": ("MNT", "mnt"),
    "NET": ("NET", "net"),
    "PIDNS": ("PIDNS", "pid"),
    "UserNS": ("USERNS", "user"),
    "UTS": ("UTS", "uts"),
}
CLEAR = "\033[H\033[2J"


def in_order(
    containers: "list[Container]", order: str, size: "Callable[[Container], tuple[int, int]]"
) -> "list[Container]":
    """*containers* sorted as `--sort` asks; InvalidError (125) for an order there is not."""
    keys: "dict[str, Callable[[Container], Any]]" = {
        "command": lambda one: [one.config["path"], *one.config["args"]],
        "created": lambda one: one.created,
        "id": lambda one: one.id,
        "image": lambda one: one.image,
        "names": lambda one: one.name,
        "runningfor": lambda one: one.state["StartedAt"],
        "size": lambda one: size(one)[0],
        "status": lambda one: one.status,
    }
    if order not in keys:
        reason = f'"{order}" is not a valid value, choose from: {", ".join(ORDERS)}'
        raise bad_value(order, "--sort", reason)
    return sorted(containers, key=keys[order])


def rare_fields(one: "Container", now: float) -> "dict[str, Callable[[], Any]]":
    """Podman's fields of a container that Docker has not."""
    host, state = one.config["host"], one.state
    ended = one.status == "exited"
    return {
        "Created": lambda: human_duration(now - parse_time(one.created)) + " ago",
        "CreatedHuman": lambda: human_duration(now - parse_time(one.created)) + " ago",
        "StartedAt": lambda: int(max(0.0, parse_time(state["StartedAt"]))),
        "Exited": lambda: ended,
        "ExitedAt": lambda: local_time(parse_time(state["FinishedAt"])) if ended else "",
        "ExposedPorts": lambda: ",".join(sorted(one.config["config"]["ExposedPorts"] or {})),
        "AutoRemove": lambda: host["AutoRemove"],
        "CIDFile": lambda: host["ContainerIDFile"],
        "IsInfra": lambda: False,
        "Pod": lambda: "",
        "PodName": lambda: "",
    }


def namespace_columns() -> Columns:
    """The columns of `ps --ns`."""
    headings = {"ID": "CONTAINER ID", "Names": "NAMES", "Pid": "PID"}
    headings |= {field: heading for field, (heading, _) in NAMESPACES.items()}
    return Columns(tuple(headings), headings)


def namespace_row(one: "Container", *, trunc: bool) -> Row:
    """The row of a container in `ps --ns`: the kernel's number of each namespace. See namespaces(7)."""
    fields: "dict[str, Callable[[], Any]]" = {
        "ID": lambda: short(one.id) if trunc else one.id,
        "Names": lambda: one.name,
        "Pid": lambda: one.pid,
    }
    for field, (_, kind) in NAMESPACES.items():
        fields[field] = lambda kind=kind: _number(one.pid, kind)  # type: ignore[misc]
    return Row(fields)


def _number(pid: int, kind: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}").partition("[")[2].rstrip("]")
    except OSError:  # it does not run, or its namespaces are not this user's to see
        return ""


def again_and_again(show: "Callable[[], object]", seconds: int) -> int:
    """Clear the terminal and *show*, every so many *seconds*, until interrupted."""
    if seconds < 1:
        raise InvalidError("--watch takes a number of seconds, at least 1", code=125)
    while True:
        say(CLEAR, end="")
        show()
        time.sleep(seconds)
