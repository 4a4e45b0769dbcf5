"""Health checks: what a container was asked to be checked by, and what the results make of its health.

The keys are Docker's: Healthcheck in a container's configuration, Health in its state.
"""

from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STARTING, HEALTHY, UNHEALTHY = "starting", "healthy", "unhealthy"
ON_FAILURE = ("none", "kill", "restart", "stop")
KEPT = 5  # results in the log
OUTPUT = 4096  # bytes kept of what a check says
TIMED_OUT = -1  # the exit code of a check that was ended, or could not be begun
_SECOND = 10**9


class Check(Value):
    """A health check: its command, and times in seconds."""

    command: "tuple[str, ...]"
    interval: float = 30.0
    timeout: float = 30.0
    start_period: float = 0.0
    start_interval: float = 5.0
    retries: int = 3
    on_failure: str = "none"

    def pause(self, status: str, age: float) -> float:
        """The seconds from the end of one check to the next, *age* seconds after the start."""
        return self.start_interval if self.is_lenient(status, age) else self.interval

    def is_lenient(self, status: str, age: float) -> bool:
        """Whether a failure does not count yet: in the start period, before the first success."""
        return status == STARTING and age < self.start_period


def check_of(config: "dict[str, Any]") -> "Check | None":
    """The check that a container's *config* asks for; None when it asks for none."""
    said = config.get("Healthcheck") or {}
    kind, *words = said.get("Test") or ["NONE"]
    if kind == "NONE" or not words:
        return None
    shell = config.get("Shell") or ["/bin/sh", "-c"]
    given = {
        "interval": said.get("Interval", 0) / _SECOND,
        "timeout": said.get("Timeout", 0) / _SECOND,
        "start_period": said.get("StartPeriod", 0) / _SECOND,
        "start_interval": said.get("StartInterval", 0) / _SECOND,
        "retries": said.get("Retries", 0),
        "on_failure": config.get("HealthcheckOnFailureAction", ""),
    }
    command = (*shell, *words) if kind == "CMD-SHELL" else tuple(words)
    return Check(command, **{name: value for name, value in given.items() if value})


def fresh() -> "dict[str, Any]":
    """The health of a container that was not checked yet."""
    return {"Status": STARTING, "FailingStreak": 0, "Log": []}


def judge(
    health: "dict[str, Any]", result: "dict[str, Any]", *, retries: int, lenient: bool
) -> "dict[str, Any]":
    """*health* after one more *result* (Start, End, ExitCode, Output); a failure counts unless *lenient*."""
    log = [*health["Log"], result][-KEPT:]
    if result["ExitCode"] == 0:
        return {"Status": HEALTHY, "FailingStreak": 0, "Log": log}
    streak = health["FailingStreak"] + (not lenient)
    status = UNHEALTHY if streak >= retries else health["Status"]
    return {"Status": status, "FailingStreak": streak, "Log": log}
