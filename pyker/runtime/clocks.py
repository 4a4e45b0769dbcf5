"""A time namespace: monotonic and boot-time clocks of its own. See time_namespaces(7)."""

from pyker.kernel.namespaces import NEWTIME, setns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def enter_time(offsets: "dict[str, Any]") -> None:
    """Enter the time namespace that was unshared for children, its clocks set off by OCI linux.timeOffsets.

    Nobody may be in it yet when the offsets are written.
    """
    for clock, offset in offsets.items():
        with open("/proc/self/timens_offsets", "w", encoding="ascii") as file:
            file.write(f"{clock} {offset.get('secs', 0)} {offset.get('nanosecs', 0)}\n")
    with open("/proc/self/ns/time_for_children", "rb") as namespace:
        setns(namespace.fileno(), NEWTIME)
