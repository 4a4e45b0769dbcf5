"""OCI linux.resources as files to write: a plan, which touches nothing.

v1: Documentation/admin-guide/cgroup-v1/; v2: Documentation/admin-guide/cgroup-v2.rst.
"""

from pyker.base.errors import InvalidError
from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_MEMORY_V1 = "-1"
_LEAST_SHARES, _MOST_SHARES = 2, 262144


class Setting(Value):
    """One file of one controller, what to write into it line by line, and how a person calls it."""

    controller: str
    file: str
    lines: "tuple[str, ...]"
    words: str
    other: "Setting | None" = None  # the same for kernels that lack this file


# (key of the OCI section, controller, file, words); in the order the kernel wants:
# memory.limit before memsw, which may not be below it; the period before the quota it bounds.
_V1 = {
    "memory": (
        ("limit", "memory", "memory.limit_in_bytes", "memory"),
        ("swap", "memory", "memory.memsw.limit_in_bytes", "swap"),
        ("reservation", "memory", "memory.soft_limit_in_bytes", "memory reservation"),
        ("swappiness", "memory", "memory.swappiness", "swappiness"),
    ),
    "cpu": (
        ("shares", "cpu", "cpu.shares", "CPU shares"),
        ("period", "cpu", "cpu.cfs_period_us", "CPU period"),
        ("quota", "cpu", "cpu.cfs_quota_us", "CPU quota"),
        ("realtimePeriod", "cpu", "cpu.rt_period_us", "real-time period"),
        ("realtimeRuntime", "cpu", "cpu.rt_runtime_us", "real-time runtime"),
        ("cpus", "cpuset", "cpuset.cpus", "CPU set"),
        ("mems", "cpuset", "cpuset.mems", "memory nodes"),
    ),
}

# blockIO key -> (v1 file, v2 key in io.max)
_THROTTLES = {
    "throttleReadBpsDevice": ("blkio.throttle.read_bps_device", "rbps"),
    "throttleWriteBpsDevice": ("blkio.throttle.write_bps_device", "wbps"),
    "throttleReadIOPSDevice": ("blkio.throttle.read_iops_device", "riops"),
    "throttleWriteIOPSDevice": ("blkio.throttle.write_iops_device", "wiops"),
}


def v1(resources: "dict[str, Any]") -> "list[Setting]":
    """The settings of *resources* for v1 controllers, in an order the kernel takes.

    InvalidError for what the kernel would silently make another number of.
    """
    _check_shares((resources.get("cpu") or {}).get("shares") or 0)
    settings = []
    for section, rows in _V1.items():
        asked = resources.get(section) or {}
        for key, controller, file, words in rows:
            if asked.get(key) not in (None, 0, "") or (key == "swappiness" and asked.get(key) == 0):
                settings.append(Setting(controller, file, (str(asked[key]),), words))
    if (asked := resources.get("memory") or {}).get("disableOOMKiller"):
        settings.append(Setting("memory", "memory.oom_control", ("1",), "OOM kill switch"))
    return [
        *settings,
        *_pids(resources),
        *_block_v1(resources.get("blockIO") or {}),
        *_huge_pages(resources, "limit_in_bytes"),
        *_network_v1(resources.get("network") or {}),
        *_remote_memory(resources),
        *_devices_v1(resources),
    ]


def _check_shares(shares: int) -> None:
    if shares and not _LEAST_SHARES <= shares <= _MOST_SHARES:
        most = shares > _MOST_SHARES
        which, bound = ("maximum", _MOST_SHARES) if most else ("minimum", _LEAST_SHARES)
        raise InvalidError(f"the {which} allowed cpu-shares is {bound}")


def _pids(resources: "dict[str, Any]") -> "list[Setting]":
    limit = (resources.get("pids") or {}).get("limit")
    if not limit:
        return []
    return [Setting("pids", "pids.max", (_or_max(limit),), "pids")]


def _or_max(number: int) -> str:
    return "max" if number < 0 else str(number)


def _block_v1(asked: "dict[str, Any]") -> "list[Setting]":
    settings = [
        Setting(
            "blkio",
            file,
            tuple(f"{row['major']}:{row['minor']} {row['rate']}" for row in asked[key]),
            "disk rate",
        )
        for key, (file, _) in _THROTTLES.items()
        if asked.get(key)
    ]
    if asked.get("weight"):
        settings.append(_weight_v1("weight", str(asked["weight"])))
    if rows := asked.get("weightDevice"):
        lines = (f"{row['major']}:{row['minor']} {row['weight']}" for row in rows if row.get("weight"))
        settings.extend(_weight_v1("weight_device", line) for line in lines)
    return settings


def _weight_v1(file: str, line: str) -> Setting:
    """The scheduler that knows weights on v1 is BFQ since Linux 5.0, CFQ before."""
    older = Setting("blkio", f"blkio.{file}", (line,), "disk weight")
    return Setting("blkio", f"blkio.bfq.{file}", (line,), "disk weight", older)


def _huge_pages(resources: "dict[str, Any]", file: str) -> "list[Setting]":
    return [
        Setting("hugetlb", f"hugetlb.{row['pageSize']}.{file}", (str(row["limit"]),), "huge pages")
        for row in resources.get("hugepageLimits") or ()
    ]


def _network_v1(asked: "dict[str, Any]") -> "list[Setting]":
    lines = tuple(f"{row['name']} {row['priority']}" for row in asked.get("priorities") or ())
    settings = [Setting("net_prio", "net_prio.ifpriomap", lines, "network priority")] if lines else []
    if mark := asked.get("classID"):
        settings.append(Setting("net_cls", "net_cls.classid", (str(mark),), "network class"))
    return settings


def _remote_memory(resources: "dict[str, Any]") -> "list[Setting]":
    """RDMA: see cgroup-v1/rdma.rst."""
    names = (("hcaHandles", "hca_handle"), ("hcaObjects", "hca_object"))
    lines = tuple(
        " ".join((device, *(f"{word}={asked[key]}" for key, word in names if asked.get(key) is not None)))
        for device, asked in (resources.get("rdma") or {}).items()
    )
    return [Setting("rdma", "rdma.max", lines, "RDMA")] if lines else []


def _devices_v1(resources: "dict[str, Any]") -> "list[Setting]":
    """Device rules; neighbours that go into the same file share one Setting."""
    settings: list[Setting] = []
    for rule in resources.get("devices") or ():
        file = "devices.allow" if rule.get("allow") else "devices.deny"
        line = _device_line(rule)
        if settings and settings[-1].file == file:
            settings[-1] = settings[-1].replace(lines=(*settings[-1].lines, line))
        else:
            settings.append(Setting("devices", file, (line,), "device access"))
    return settings


def _device_line(rule: "dict[str, Any]") -> str:
    kind = rule.get("type") or "a"
    if kind == "a":
        return "a"
    numbers = ("*" if rule.get(key) in (None, -1) else str(rule[key]) for key in ("major", "minor"))
    return f"{kind} {':'.join(numbers)} {rule.get('access') or 'rwm'}"


def v2(resources: "dict[str, Any]") -> "list[Setting]":
    """The settings of *resources* for the v2 tree, device rules apart (they are a program)."""
    return [
        *_memory_v2(resources.get("memory") or {}),
        *_cpu_v2(resources.get("cpu") or {}),
        *_pids(resources),
        *_block_v2(resources.get("blockIO") or {}),
        *_huge_pages(resources, "max"),
        *_remote_memory(resources),
        *(
            Setting(file.partition(".")[0], file, (str(value),), file)
            for file, value in (resources.get("unified") or {}).items()
        ),
    ]


def _memory_v2(asked: "dict[str, Any]") -> "list[Setting]":
    settings = []
    limit, swap, reservation = (asked.get(key) or 0 for key in ("limit", "swap", "reservation"))
    if limit:
        settings.append(Setting("memory", "memory.max", (_or_max(limit),), "memory"))
    if swap:  # v1 and OCI count memory and swap together, v2 swap alone
        alone = -1 if swap < 0 else swap - max(limit, 0)
        settings.append(Setting("memory", "memory.swap.max", (_or_max(alone),), "swap"))
    if reservation:
        settings.append(Setting("memory", "memory.low", (_or_max(reservation),), "memory reservation"))
    return settings


def _cpu_v2(asked: "dict[str, Any]") -> "list[Setting]":
    settings = []
    if asked.get("shares"):
        settings.append(Setting("cpu", "cpu.weight", (str(weight(asked["shares"])),), "CPU shares"))
    quota, period = asked.get("quota") or 0, asked.get("period") or 100000
    if quota or asked.get("period"):
        settings.append(
            Setting("cpu", "cpu.max", (f"{quota if quota > 0 else 'max'} {period}",), "CPU quota")
        )
    for key, words in (("cpus", "CPU set"), ("mems", "memory nodes")):
        if asked.get(key):
            settings.append(Setting("cpuset", f"cpuset.{key}", (asked[key],), words))
    return settings


def weight(shares: int) -> int:
    """v1's cpu.shares (2 … 262144) as v2's cpu.weight (1 … 10000), as runc and systemd convert it."""
    return 1 + (min(max(shares, _LEAST_SHARES), _MOST_SHARES) - 2) * 9999 // 262142


def _block_v2(asked: "dict[str, Any]") -> "list[Setting]":
    lines = tuple(
        f"{row['major']}:{row['minor']} {name}={row['rate']}"
        for key, (_, name) in _THROTTLES.items()
        for row in asked.get(key) or ()
    )
    settings = [Setting("io", "io.max", lines, "disk rate")] if lines else []
    if asked.get("weight"):
        settings.append(_weight_v2("default", asked["weight"]))
    for row in asked.get("weightDevice") or ():
        if row.get("weight"):
            settings.append(_weight_v2(f"{row['major']}:{row['minor']}", row["weight"]))
    return settings


def _weight_v2(device: str, asked: int) -> Setting:
    """BFQ takes v1's weights as they are; io.weight, 1 to 10000, has another scale (as runc converts)."""
    scaled = 1 + (asked - 10) * 9999 // 990
    other = Setting("io", "io.weight", (f"{device} {scaled}",), "disk weight")
    return Setting("io", "io.bfq.weight", (f"{device} {asked}",), "disk weight", other)


def missing_in_v1(resources: "dict[str, Any]") -> "list[str]":
    """What of *resources* only v2 has a word for."""
    return list(resources.get("unified") or ())


def missing_in_v2(resources: "dict[str, Any]") -> "list[str]":
    """What of *resources* v2 has no word for."""
    memory, cpu, network = (resources.get(section) or {} for section in ("memory", "cpu", "network"))
    asked = {
        "swappiness": memory.get("swappiness") is not None,
        "OOM kill switch": memory.get("disableOOMKiller"),
        "real-time period": cpu.get("realtimePeriod"),
        "real-time runtime": cpu.get("realtimeRuntime"),
        "network class": network.get("classID"),
        "network priority": network.get("priorities"),
    }
    return [words for words, given in asked.items() if given]
