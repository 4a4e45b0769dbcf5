"""`pyker update`: other limits for containers."""

from pyker.base.errors import InvalidError
from pyker.cli.output import warn
from pyker.cli.request import limits_of
from pyker.cli.run_limits import rare_limits
from pyker.cli.several import each
from pyker.engine.update import update
from pyker.model.limits import Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

_KEYS = {  # option -> (HostConfig's key, field of Limits)
    "memory": ("Memory", "memory"),
    "memory_swap": ("MemorySwap", "memory_swap"),
    "memory_reservation": ("MemoryReservation", "memory_reservation"),
    "cpus": ("NanoCpus", "nano_cpus"),
    "cpu_shares": ("CpuShares", "cpu_shares"),
    "cpu_period": ("CpuPeriod", "cpu_period"),
    "cpu_quota": ("CpuQuota", "cpu_quota"),
    "cpuset_cpus": ("CpusetCpus", "cpuset_cpus"),
    "cpuset_mems": ("CpusetMems", "cpuset_mems"),
    "pids_limit": ("PidsLimit", "pids"),
}
_RARE = {
    "blkio_weight": ("BlkioWeight", "weight"),
    "cpu_rt_period": ("CpuRealtimePeriod", "realtime_period"),
    "cpu_rt_runtime": ("CpuRealtimeRuntime", "realtime_runtime"),
}


def main(home: "Home", arguments: "Arguments") -> int:
    """Change each container and echo its name."""
    changes = changes_of(arguments)
    if not changes:
        raise InvalidError(
            "you must provide one or more flags when using this command", hint="see pyker update --help"
        )
    return each(arguments.words, lambda name: update(home, name, changes, warn))


def changes_of(arguments: "Arguments") -> "dict[str, Any]":
    """The keys of HostConfig that the line gives other values; 0 and "" leave a limit as it is."""
    limits = limits_of(arguments, check=False) or Limits()
    rare = rare_limits(arguments)
    found = {key: getattr(limits, field) for name, (key, field) in _KEYS.items() if arguments.given(name)}
    found |= {key: getattr(rare, field) for name, (key, field) in _RARE.items() if arguments.given(name)}
    changes = {key: value for key, value in found.items() if value or key == "PidsLimit"}
    if arguments.given("restart"):
        changes["RestartPolicy"] = _policy(arguments.text("restart"))
    return changes


def _policy(text: str) -> "dict[str, Any]":
    from pyker.cli.contradictions import check_restart
    from pyker.engine.configure import restart_policy

    check_restart(text)
    return restart_policy(text)
