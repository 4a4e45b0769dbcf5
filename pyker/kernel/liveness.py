"""Whether a process lives: its identity is pid and start time, which survives the reuse of pids."""


def start_time(pid: int) -> int:
    """When *pid* started, in clock ticks since boot; 0 when there is no such process or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def alive(pid: int, started: int) -> bool:
    """Whether the process that was *pid* at *started* still runs."""
    return pid > 0 and started > 0 and start_time(pid) == started
