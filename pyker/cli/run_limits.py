"""The rare options of `run` and `create` about what a container may use of the machine."""

import os

from pyker.base.errors import InvalidError
from pyker.cli.numbers import bad_option, whole_number
from pyker.model import rare_limits as rare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from pyker.cli.parse import Arguments

    T = TypeVar("T")

_RATES = {
    "ReadBps": ("device_read_bps", rare.parse_bps),
    "WriteBps": ("device_write_bps", rare.parse_bps),
    "ReadIOps": ("device_read_iops", rare.parse_iops),
    "WriteIOps": ("device_write_iops", rare.parse_iops),
}
_LIMITED = ("memory", "cpus", "cpu_shares", "cpu_quota", "cpuset_cpus", "cpuset_mems", "pids_limit")


def read(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError for a value that makes no sense."""
    limits = rare_limits(arguments)
    limited = limits.limits_anything() or any(map(arguments.given, _LIMITED))
    if limits.mode == "disabled" and (limited or values.get("devices")):
        raise InvalidError("cannot specify resource limits when cgroups are disabled", code=125)
    if limits.mode == "disabled" and limits.parent:
        raise InvalidError("--cgroups=disabled and --cgroup-parent cannot be set together", code=125)
    if limits.mode == "disabled" and os.geteuid() == 0 and not values.get("privileged"):
        raise InvalidError(  # any device node in the image, or made by CAP_MKNOD, would be the machine's
            "--cgroups=disabled would leave the container every device of this machine",
            hint="use it with --privileged, or as an ordinary user",
            code=125,
        )
    return {"rare_limits": limits}


def rare_limits(arguments: "Arguments") -> rare.RareLimits:
    """What the line asks for."""
    limits = rare.RareLimits(
        weight=_one(arguments, "blkio_weight", rare.parse_weight, 0),
        weight_devices=_each(arguments, "blkio_weight_device", rare.parse_weight_device),
        rates=tuple(
            (key, path, rate)
            for key, (name, parse) in _RATES.items()
            for path, rate in _each(arguments, name, parse)
        ),
        realtime_period=whole_number(arguments, "cpu_rt_period", 0),
        realtime_runtime=whole_number(arguments, "cpu_rt_runtime", 0),
        swappiness=_one(arguments, "memory_swappiness", rare.parse_swappiness, None),
        oom_kill_disable=arguments.flag("oom_kill_disable"),
        device_rules=_each(arguments, "device_cgroup_rule", rare.parse_device_rule),
        conf=_each(arguments, "cgroup_conf", rare.parse_conf),
        parent=_one(arguments, "cgroup_parent", rare.parse_parent, ""),
        mode=_one(arguments, "cgroups", rare.parse_mode, ""),
    )
    if 0 < limits.realtime_period < limits.realtime_runtime:
        raise InvalidError("cpu real-time runtime cannot be higher than cpu real-time period", code=125)
    return limits


def _one(arguments: "Arguments", name: str, parse: "Callable[[str], T]", default: "T") -> "T":
    if not arguments.given(name):
        return default
    try:
        return parse(arguments.text(name))
    except ValueError as error:
        raise bad_option(arguments, name, str(error)) from None


def _each(arguments: "Arguments", name: str, parse: "Callable[[str], T]") -> "tuple[T, ...]":
    found = []
    for text in arguments.many(name):
        try:
            found.append(parse(text))
        except ValueError as error:
            raise bad_option(arguments, name, str(error), text) from None
    return tuple(found)
