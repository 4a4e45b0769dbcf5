"""OCI linux.resources are checked as a whole before a file of a control group is written."""

from pyker.base.errors import InvalidError
from pyker.runtime.fields import check_type, check_types, one_of, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Resources = dict[str, Any]

_HERE = "linux.resources."
_NUMBERS = {
    "memory": ("limit", "swap", "reservation", "swappiness"),
    "cpu": ("shares", "quota", "period", "realtimePeriod", "realtimeRuntime"),
    "pids": ("limit",),
    "blockIO": ("weight",),
    "network": ("classID",),
}
_THROTTLES = tuple(f"throttle{way}{what}Device" for way in ("Read", "Write") for what in ("Bps", "IOPS"))
_TYPES: "dict[str, Any]" = {
    **dict.fromkeys(_NUMBERS, dict),
    **{f"{section}.{name}": int for section, names in _NUMBERS.items() for name in names},
    "memory.disableOOMKiller": bool,
    "cpu.cpus": str,
    "cpu.mems": str,
    "devices": [dict],
    "hugepageLimits": [dict],
    "network.priorities": [dict],
    "rdma": {dict},
    "unified": {str},
    **{f"blockIO.{name}": [dict] for name in (*_THROTTLES, "weightDevice")},
}


def validate_resources(resources: "Resources") -> None:
    """Raise InvalidError for *resources* that make no sense; the kernel judges the numbers themselves."""
    check_types(resources, _TYPES, _HERE)
    for place, rule in enumerate(resources.get("devices") or ()):
        _check_rule(f"{_HERE}devices[{place}]", rule)
    for name in (*_THROTTLES, "weightDevice"):
        for place, row in enumerate((resources.get("blockIO") or {}).get(name) or ()):
            value = () if name == "weightDevice" else ("rate",)
            whole(f"{_HERE}blockIO.{name}[{place}]", row, "major", "minor", *value)
    for place, row in enumerate(resources.get("hugepageLimits") or ()):
        whole(f"{_HERE}hugepageLimits[{place}]", row, "limit")
        _check_name(f"{_HERE}hugepageLimits[{place}].pageSize", row.get("pageSize"))
    for place, row in enumerate((resources.get("network") or {}).get("priorities") or ()):
        whole(f"{_HERE}network.priorities[{place}]", row, "priority")
        _check_name(f"{_HERE}network.priorities[{place}].name", row.get("name"))
    for name in resources.get("unified") or ():
        _check_name(f"{_HERE}unified", name)


def _check_rule(field: str, rule: "Resources") -> None:
    one_of(f"{field}.type", rule.get("type") or "a", ("a", "b", "c"))
    for name, kind in (("access", str), ("major", int), ("minor", int), ("allow", bool)):
        check_type(f"{field}.{name}", rule.get(name), kind)
    if set(access := rule.get("access") or "") - set("rwm"):
        raise InvalidError(f"config.json: {field}.access: {access!r} is not made of r, w and m")


def _check_name(field: str, name: object) -> None:
    """*name* becomes one of a file: it must not lead into another directory."""
    if not isinstance(name, str) or not name or "/" in name or "\0" in name:
        raise InvalidError(f"config.json: {field}: {name!r} cannot be a name")
