"""How much of the processor and of the disks' attention a process gets. See sched(7) and ioprio_set(2)."""

import _struct

from pyker.kernel.libc import syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = ("OTHER", "FIFO", "RR", "BATCH", "ISO", "IDLE", "DEADLINE")
POLICIES = {f"SCHED_{name}": number for number, name in enumerate(_NAMES)}
_FLAG_NAMES = (
    *("RESET_ON_FORK", "RECLAIM", "DL_OVERRUN", "KEEP_POLICY", "KEEP_PARAMS"),
    *("UTIL_CLAMP_MIN", "UTIL_CLAMP_MAX"),
)
FLAGS = {f"SCHED_FLAG_{name}": 1 << place for place, name in enumerate(_FLAG_NAMES)}
CLASSES = {"IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3}
_CLASS_SHIFT, _WHO_PROCESS = 13, 1  # linux/ioprio.h


def schedule(process: "dict[str, Any]") -> None:
    """Give this process the scheduler and the io priority of OCI *process*; OSError as the calls."""
    if scheduler := process.get("scheduler"):
        _set_scheduler(scheduler)
    if priority := process.get("ioPriority"):
        value = CLASSES[priority["class"]] << _CLASS_SHIFT | priority.get("priority", 0)
        syscall("ioprio_set", _WHO_PROCESS, 0, value, about="process.ioPriority")


def _set_scheduler(scheduler: "dict[str, Any]") -> None:
    """See sched_setattr(2)."""
    flags = sum(FLAGS[name] for name in set(scheduler.get("flags") or ()))
    numbers = (scheduler.get(name) or 0 for name in ("nice", "priority", "runtime", "deadline", "period"))
    attributes = _struct.pack("=IIQiIQQQ", 48, POLICIES[scheduler["policy"]], flags, *numbers)
    syscall("sched_setattr", 0, attributes, 0, about="process.scheduler")
