"""A container as it stands on disk, and the moves between its states.

Three documents make it: config.json (what was asked, written once), state.json (how the last run
ended, durable) and, while it runs, run.json in the run root (which processes, of which boot).
"Running" is believed only when boot, pid and start time all match.
"""

from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CREATED, INITIALIZED, RUNNING, PAUSED, RESTARTING, REMOVING, EXITED, DEAD = STATES = (
    "created",
    "initialized",
    "running",
    "paused",
    "restarting",
    "removing",
    "exited",
    "dead",
)
# From each state the ones that may follow. `rm -f` ends a container first, and so does --rm. One rename takes
# a container off the list, so nobody meets it while it is being removed, or dead of that.
MOVES = {
    CREATED: {INITIALIZED, RUNNING, REMOVING},
    INITIALIZED: {RUNNING, EXITED},  # made, and its program waits: `container init`
    RUNNING: {PAUSED, RESTARTING, EXITED},
    PAUSED: {RUNNING, RESTARTING, EXITED},
    RESTARTING: {RUNNING, EXITED},
    REMOVING: {DEAD},
    EXITED: {INITIALIZED, RUNNING, REMOVING},
    DEAD: {REMOVING},
}
NEVER = "0001-01-01T00:00:00Z"  # Docker's "not yet"


class Container(Value):
    """One container: where it lives, what was asked, how it is."""

    id: str
    path: str
    config: "dict[str, Any]"
    state: "dict[str, Any]"
    run: "dict[str, Any] | None" = None
    restarts: int = 0  # by its policy, since somebody started it

    @property
    def name(self) -> str:
        """The name people call it by."""
        return str(self.config["name"])

    @property
    def created(self) -> str:
        """When it was made, RFC 3339 with nanoseconds."""
        return str(self.config["created"])

    @property
    def image(self) -> str:
        """The image as the user named it."""
        return str(self.config["image"])

    @property
    def image_id(self) -> str:
        """The image's id, sha256:…."""
        return str(self.config["image_id"])

    @property
    def status(self) -> str:
        """One of STATES."""
        return str(self.state["Status"])

    @property
    def is_running(self) -> bool:
        """Whether its first process lives, frozen or not."""
        return self.status in (RUNNING, PAUSED)

    @property
    def has_process(self) -> bool:
        """Whether its first process is there: waiting to begin, running, or frozen."""
        return self.status in (INITIALIZED, RUNNING, PAUSED)

    @property
    def is_active(self) -> bool:
        """Whether it runs, or waits to begin or for its next restart: something of it lives."""
        return self.status in (INITIALIZED, RUNNING, PAUSED, RESTARTING)

    def may_move(self, status: str) -> bool:
        """Whether MOVES leads from its state to *status*."""
        return status in MOVES[self.status]

    @property
    def pid(self) -> int:
        """The host's pid of its first process, 0 when there is none."""
        return int(self.state["Pid"])

    @property
    def network(self) -> "dict[str, Any]":
        """The addresses and ports it has while it runs."""
        return dict((self.run or {}).get("network") or {})
