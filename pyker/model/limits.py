"""How much of the machine a container may use."""

import os

from pyker.base.errors import InvalidError
from pyker.base.value import Value

SMALLEST_MEMORY = 6 << 20
BILLION = 1_000_000_000


class Limits(Value):
    """Resource limits; 0 and "" mean "no limit asked for". Bytes, CPUs in billionths, microseconds."""

    memory: int = 0
    memory_swap: int = 0  # memory + swap; -1 unlimited
    memory_reservation: int = 0
    nano_cpus: int = 0
    cpu_shares: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    pids: "int | None" = None  # None: the default of 2048; -1 or 0 unlimited
    oom_score_adj: "int | None" = None


def parse_cpus(text: str) -> int:
    """The billionths of a CPU that `--cpus 1.5` asks for; ValueError in Docker's words."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.removeprefix("-").partition(".")
    digits = whole + part
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"failed to parse {text} as a rational number")
    if len(part.rstrip("0")) > 9:
        raise ValueError("value is too precise")
    return sign * (int(whole or "0") * BILLION + int((part + "000000000")[:9]))


def check_limits(limits: Limits) -> None:
    """InvalidError, in Docker's words, for limits no machine could keep, or that contradict each other."""
    _check_memory(limits)
    cpus = os.cpu_count() or 1
    if not 0 <= limits.nano_cpus <= cpus * BILLION or 0 < limits.nano_cpus < BILLION // 100:
        raise InvalidError(
            f"Range of CPUs is from 0.01 to {cpus}.00, as there are only {cpus} CPUs available",
            hint=f"ask for at most --cpus {cpus}",
        )
    if limits.nano_cpus and (limits.cpu_period or limits.cpu_quota):
        raise InvalidError("Conflicting options: Nano CPUs and CPU Period cannot both be set")
    if limits.cpu_period and not 1000 <= limits.cpu_period <= 1_000_000:
        raise InvalidError(
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"
        )
    if 0 < limits.cpu_quota < 1000:
        raise InvalidError("CPU cfs quota can not be less than 1ms (i.e. 1000)")
    if limits.oom_score_adj is not None and not -1000 <= limits.oom_score_adj <= 1000:
        raise InvalidError(f"Invalid value {limits.oom_score_adj}, range for oom score adj is [-1000, 1000]")
    _check_set(limits.cpuset_cpus, "cpus", "CPUs", range(cpus))
    if limits.cpuset_mems:
        _check_set(limits.cpuset_mems, "mems", "memory nodes", _memory_nodes())


def _check_memory(limits: Limits) -> None:
    if 0 < limits.memory < SMALLEST_MEMORY:
        raise InvalidError("Minimum memory limit allowed is 6MB", hint="ask for at least -m 6m")
    if limits.memory_swap > 0 and not limits.memory:
        raise InvalidError("You should always set the Memory limit when using Memoryswap limit, see usage")
    if 0 < limits.memory_swap < limits.memory:
        raise InvalidError("Minimum memoryswap limit should be larger than memory limit, see usage")
    if 0 < limits.memory_reservation < SMALLEST_MEMORY:
        raise InvalidError("Minimum memory reservation allowed is 6MB")
    if 0 < limits.memory < limits.memory_reservation:
        raise InvalidError("Minimum memory limit can not be less than memory reservation limit, see usage")


def _memory_nodes() -> range:
    """The memory nodes of this machine; node 0 where the kernel knows of none."""
    try:
        with open("/sys/devices/system/node/online", encoding="ascii") as file:
            last = file.read().strip().rpartition(",")[2].rpartition("-")[2]
    except OSError:
        last = "0"
    return range(int(last or 0) + 1)


def _check_set(text: str, option: str, what: str, there: range) -> None:
    """A list like 0-3,7 is well formed, and what it names is *there*."""
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
            raise InvalidError(f"Invalid value {text} for cpuset {option}: invalid format: {text}")
        if int(last or first) not in there:
            available = f"0-{there[-1]}" if there[-1] else "0"
            raise InvalidError(
                f"Requested {what} are not available - requested {text}, available: {available}"
            )
