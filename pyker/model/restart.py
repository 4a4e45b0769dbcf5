"""Restart policies: what is to happen when a container ends by itself, and after which pause.

Docker's rules: the pause begins at 100 ms, doubles up to a minute and begins anew after a run of ten
seconds; `on-failure:N` counts the restarts since somebody started the container.
"""

from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NO, ALWAYS, ON_FAILURE, UNLESS_STOPPED = POLICIES = ("no", "always", "on-failure", "unless-stopped")
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 60.0  # seconds
GOOD_RUN = 10.0  # seconds after which the next pause is the first again


class Policy(Value):
    """One of POLICIES, and how often `on-failure` may try; 0: for ever."""

    name: str = NO
    most: int = 0

    @classmethod
    def of(cls, host: "Mapping[str, Any]") -> "Policy":
        """What the host's part of a container says."""
        said = host.get("RestartPolicy") or {}
        return cls(said.get("Name") or NO, said.get("MaximumRetryCount") or 0)

    def wants(self, code: int, restarts: int) -> bool:
        """Whether a container that ended by itself with *code* after *restarts* restarts is to go on."""
        if self.name == ON_FAILURE:
            return code != 0 and (not self.most or restarts < self.most)
        return self.name in (ALWAYS, UNLESS_STOPPED)

    def wants_at_boot(self, code: int, *, stopped: bool) -> bool:
        """Whether a container whose last run ended with *code* is started at boot; *stopped*: by hand."""
        if self.name == ALWAYS:
            return True
        if self.name == UNLESS_STOPPED:
            return not stopped
        return self.name == ON_FAILURE and code != 0 and not stopped


def parse_policy(text: str) -> Policy:
    """The policy written as NAME or on-failure:N; ValueError, in Docker's words, for anything else."""
    name, colon, count = text.partition(":")
    if colon and not name:
        raise ValueError("invalid restart policy format: no policy provided before colon")
    if (name or NO) not in POLICIES:
        raise ValueError(f"invalid restart policy '{name}'")
    if not colon:
        return Policy(name or NO)
    if not count.removeprefix("-").isdecimal():
        raise ValueError("invalid restart policy format: maximum retry count must be an integer")
    if name != ON_FAILURE:
        raise ValueError("invalid restart policy: maximum retry count can only be used with 'on-failure'")
    if int(count) < 0:
        raise ValueError("invalid restart policy: maximum retry count cannot be negative")
    return Policy(name, int(count))


def next_pause(last: float, ran: float) -> float:
    """The seconds before the next start, after a pause of *last* (0: none yet) and a run of *ran*."""
    if not last or ran >= GOOD_RUN:
        return FIRST_PAUSE
    return min(last * 2, LONGEST_PAUSE)
