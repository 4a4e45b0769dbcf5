"""How much of the machine a container may use."""

from pyker.base.value import Value


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
