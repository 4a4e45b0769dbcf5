"""What happened to containers, images, volumes and networks: one line of JSON each, in the run root.

There is no daemon to ask, so whoever does something writes it down, with one write(2) that never waits
and never fails the deed. Two files of at most a mebibyte are kept; a reboot begins anew. The lines are
events as Docker's API has them.
"""

import os
import time

from pyker.base.jsonfile import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

LIMIT = 1 << 20  # bytes after which a new file is begun
NAME = "events.jsonl"


def record(home: "Home", kind: str, action: str, identity: str, **attributes: str) -> None:
    """Note that *action* was done to *identity*, a container, image, volume or network by *kind*."""
    nanoseconds = time.time_ns()
    event = {
        "status": action,
        "id": identity,
        "from": attributes.get("image", "") if kind == "container" else "",
        "Type": kind,
        "Action": action,
        "Actor": {"ID": identity, "Attributes": attributes},
        "scope": "local",
        "time": nanoseconds // 1_000_000_000,
        "timeNano": nanoseconds,
    }
    try:
        _append(home.running(NAME), (dumps(event) + "\n").encode())
    except OSError:
        return  # a full disk, or a home that is going away: the deed is done all the same


def record_container(home: "Home", container: "Container", action: str, **attributes: str) -> None:
    """Note that *action* was done to *container*, with its image, name and labels beside *attributes*."""
    labels = container.config["config"].get("Labels") or {}
    known = {**labels, "image": container.config["image"], "name": container.name}
    record(home, "container", action, container.id, **{**known, **attributes})


def _append(path: str, line: bytes) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        os.write(descriptor, line)
        full = os.fstat(descriptor).st_size > LIMIT
    finally:
        os.close(descriptor)
    if full:
        os.rename(path, f"{path}.1")
