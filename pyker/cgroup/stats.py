"""What a control group uses: the kernel's counters in the shape that `runc events --stats` gives them.

v1: Documentation/admin-guide/cgroup-v1/, v2: Documentation/admin-guide/cgroup-v2.rst. A file that this kernel
or this group lacks counts as nothing used.
"""

import os

from pyker.cgroup.control import UNIFIED
from pyker.cgroup.usage import NO_LIMIT, NOWHERE, number, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")  # nanoseconds
_BLOCK_V1 = {"ioServiceBytesRecursive": "io_service_bytes", "ioServicedRecursive": "io_serviced"}
_OPERATIONS = {"rbytes": "Read", "wbytes": "Write", "rios": "Read", "wios": "Write"}


def stats(paths: "dict[str, str]") -> "dict[str, Any]":
    """The figures of the group at *paths*: cpu (ns), memory (bytes), pids, blkio and hugetlb."""
    if UNIFIED in paths:
        path = paths[UNIFIED]
        return {
            "cpu": _cpu_v2(path),
            "memory": _memory_v2(path),
            "pids": _pids(path),
            "blkio": _block_v2(path),
            "hugetlb": _huge_pages(path, {"usage": "current", "max": "max"}),
        }
    return {
        "cpu": _cpu_v1(paths),
        "memory": _memory_v1(paths.get("memory", NOWHERE)),
        "pids": _pids(paths.get("pids", NOWHERE)),
        "blkio": _block_v1(paths.get("blkio", NOWHERE)),
        "hugetlb": _huge_pages(
            paths.get("hugetlb", NOWHERE),
            {"usage": "usage_in_bytes", "max": "max_usage_in_bytes", "failcnt": "failcnt"},
        ),
    }


def _cpu_v1(paths: "dict[str, str]") -> "dict[str, Any]":
    account = paths.get("cpuacct", NOWHERE)
    spent, throttled = table(f"{account}/cpuacct.stat"), table(f"{paths.get('cpu', NOWHERE)}/cpu.stat")
    return {
        "usage": {
            "total": number(f"{account}/cpuacct.usage"),
            "percpu": [int(word) for word in text(f"{account}/cpuacct.usage_percpu").split()],
            **_each_cpu(f"{account}/cpuacct.usage_all"),
            "kernel": spent.get("system", 0) * _TICK,
            "user": spent.get("user", 0) * _TICK,
        },
        "throttling": {
            "periods": throttled.get("nr_periods", 0),
            "throttledPeriods": throttled.get("nr_throttled", 0),
            "throttledTime": throttled.get("throttled_time", 0),
        },
    }


def _each_cpu(path: str) -> "dict[str, list[int]]":
    """What programs and what the kernel spent on each CPU: lines of its number, user and system."""
    rows = [[int(word) for word in line.split()] for line in text(path).splitlines()[1:]]
    return {"percpu_user": [row[1] for row in rows], "percpu_kernel": [row[2] for row in rows]}


def _cpu_v2(path: str) -> "dict[str, Any]":
    counters = table(f"{path}/cpu.stat")
    return {
        "usage": {
            "total": counters.get("usage_usec", 0) * 1000,
            "kernel": counters.get("system_usec", 0) * 1000,
            "user": counters.get("user_usec", 0) * 1000,
        },
        "throttling": {
            "periods": counters.get("nr_periods", 0),
            "throttledPeriods": counters.get("nr_throttled", 0),
            "throttledTime": counters.get("throttled_usec", 0) * 1000,
        },
    }


def _memory_v1(path: str) -> "dict[str, Any]":
    raw = table(f"{path}/memory.stat")

    def figures(prefix: str) -> "dict[str, int]":
        files = {"limit": "limit_in_bytes", "usage": "usage_in_bytes", "max": "max_usage_in_bytes"}
        return {key: number(f"{path}/{prefix}.{file}") for key, file in files.items()} | {
            "failcnt": number(f"{path}/{prefix}.failcnt")
        }

    return {
        "cache": raw.get("cache", 0),
        "usage": figures("memory"),
        "swap": figures("memory.memsw"),
        "kernel": figures("memory.kmem"),
        "kernelTCP": figures("memory.kmem.tcp"),
        "raw": raw,
    }


def _memory_v2(path: str) -> "dict[str, Any]":
    raw = table(f"{path}/memory.stat")
    usage, limit = number(f"{path}/memory.current"), number(f"{path}/memory.max")
    events = table(f"{path}/memory.events")
    swap, swap_limit = number(f"{path}/memory.swap.current"), number(f"{path}/memory.swap.max")
    return {
        "cache": raw.get("file", 0),
        "usage": {
            "limit": limit,
            "usage": usage,
            "max": number(f"{path}/memory.peak"),
            "failcnt": events.get("max", 0),
        },
        "swap": {"limit": min(NO_LIMIT, limit + swap_limit), "usage": usage + swap, "max": 0, "failcnt": 0},
        "kernel": {"limit": 0, "usage": raw.get("kernel", 0), "max": 0, "failcnt": 0},
        "kernelTCP": {"limit": 0, "usage": raw.get("sock", 0), "max": 0, "failcnt": 0},
        "raw": raw,
    }


def _pids(path: str) -> "dict[str, int]":
    limit = number(f"{path}/pids.max")
    return {"current": number(f"{path}/pids.current"), "limit": 0 if limit == NO_LIMIT else limit}


def _block_v1(path: str) -> "dict[str, Any]":
    """Of the files that count, the first with figures in it: the scheduler's, else the throttle's."""
    found = {}
    for key, file in _BLOCK_V1.items():
        names = (f"bfq.{file}_recursive", f"{file}_recursive", f"throttle.{file}_recursive")
        found[key] = next(filter(None, (_block_rows(f"{path}/blkio.{name}") for name in names)), [])
    return found


def _block_rows(path: str) -> "list[dict[str, Any]]":
    """The lines "major:minor operation number" of a file."""
    rows = (line.split() for line in text(path).splitlines())
    return [_block_row(row[0], row[1], int(row[2])) for row in rows if len(row) == 3]


def _block_row(device: str, operation: str, value: int) -> "dict[str, Any]":
    major, _, minor = device.partition(":")
    return {"major": int(major), "minor": int(minor), "op": operation, "value": value}


def _block_v2(path: str) -> "dict[str, Any]":
    """io.stat has one line a device: "major:minor rbytes=… wbytes=… rios=… wios=… …"."""
    found: "dict[str, list[dict[str, Any]]]" = {"ioServiceBytesRecursive": [], "ioServicedRecursive": []}
    for line in text(f"{path}/io.stat").splitlines():
        device, *words = line.split()
        for word in words:
            name, _, value = word.partition("=")
            if name in _OPERATIONS:
                key = "ioServiceBytesRecursive" if name.endswith("bytes") else "ioServicedRecursive"
                found[key].append(_block_row(device, _OPERATIONS[name], int(value)))
    return found


def _huge_pages(path: str, files: "dict[str, str]") -> "dict[str, Any]":
    """The figures of each page size that the group's directory has files for."""
    try:
        names = os.listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        names = []
    last = files["usage"]
    parts = [name.split(".") for name in names if name.startswith("hugetlb.") and name.endswith(f".{last}")]
    return {
        size: {key: number(f"{path}/hugetlb.{size}.{file}") for key, file in files.items()}
        for _, size, file in (part for part in parts if len(part) == 3)
        if file == last
    }
