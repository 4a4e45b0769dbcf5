"""What is kept of a bundle's container: a directory below the state root, whole at every moment.

    <root>/<id>/lock         held by the command that changes the container
                config.json  the completed config, written once
                state.json   what was intended, then what was made
                start result two FIFOs between `start` and a created container, see kernel/stub.py's Hold

Whether a container lives is never recorded, but seen: by boot, pid and start time, and by what
program the process runs.
"""

import os
import sys

from pyker.base.boot import boot_id
from pyker.base.errors import CorruptError, NotFoundError
from pyker.base.jsonfile import read, write
from pyker.cgroup.control import Group
from pyker.kernel.liveness import alive
from pyker.kernel.stub import HELD_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CREATING, CREATED, RUNNING, PAUSED, STOPPED = "creating", "created", "running", "paused", "stopped"
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.")


class State:
    """One container of a state root, as it was read."""

    def __init__(self, place: str, identity: str, document: "dict[str, Any]") -> None:
        self.place = place
        self.id = identity
        self.document = document

    @property
    def pid(self) -> int:
        """The first process, when it lives; else 0."""
        pid = int(self.document.get("pid") or 0)
        same = self.document.get("boot") == boot_id()
        return pid if same and alive(pid, int(self.document.get("started") or 0)) else 0

    @property
    def group(self) -> Group:
        """The control group, as far as it is known to have been made."""
        return Group.from_paths(self.document.get("cgroup") or {})

    @property
    def status(self) -> str:
        """The status by the runtime-spec's words, and runc's "paused"."""
        if not self.pid:
            return STOPPED
        if self.group.frozen():
            return PAUSED
        if os.path.exists(f"{self.place}/start") and is_held(self.pid):
            return CREATED
        return RUNNING

    def config(self) -> "dict[str, Any]":
        """The completed config."""
        found: dict[str, Any] = read(f"{self.place}/config.json")
        return found

    def write(self, **facts: object) -> None:
        """Add *facts* and put the document in place."""
        self.document.update(facts)
        write(f"{self.place}/state.json", self.document, durable=False)


def is_held(pid: int) -> bool:
    """Whether *pid* still waits for its start; a process that hides its program is believed to."""
    try:
        program = os.readlink(f"/proc/{pid}/exe")
        if program != os.path.realpath(sys.executable):
            return HELD_NAME in program
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:  # our own, with hooks yet to run
            return file.read().strip() == HELD_NAME
    except PermissionError:
        return True
    except OSError:
        return False


def is_valid(identity: str) -> bool:
    """Whether *identity* may be the name of a container, as runc has it."""
    return bool(identity) and identity not in (".", "..") and not set(identity) - _ALLOWED


def find(root: str, identity: str) -> State:
    """Container *identity*; NotFoundError in runc's words."""
    place = f"{root}/{identity}"
    if is_valid(identity):
        try:
            return State(place, identity, read(f"{place}/state.json"))
        except (FileNotFoundError, NotADirectoryError):
            pass
    raise NotFoundError("container does not exist")


def all_of(root: str) -> "list[State]":
    """Every container below *root*, by name; none where it is missing."""
    try:
        names = sorted(os.listdir(root))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        try:
            found.append(find(root, name))
        except (NotFoundError, CorruptError):
            continue  # just being made, or left by a crash: delete -f takes it away
    return found
