"""Kernel files a container must not see, or not write: OCI linux.maskedPaths and readonlyPaths."""

import os

# Docker's and Podman's lists, and what told of neighbours or hardware since (threats.md, section 2).
MASKED = (
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/dev/block",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
)
READONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")

_CPUS = "/sys/devices/system/cpu"


def masked() -> "tuple[str, ...]":
    """MASKED, and the thermal_throttle directory of each CPU where this machine has them."""
    if not os.path.exists(f"{_CPUS}/cpu0/thermal_throttle"):
        return MASKED
    cpus = [name for name in os.listdir(_CPUS) if name.startswith("cpu") and name[3:].isdecimal()]
    paths = [f"{_CPUS}/{name}/thermal_throttle" for name in sorted(cpus)]
    return (*MASKED, *(path for path in paths if os.path.exists(path)))
