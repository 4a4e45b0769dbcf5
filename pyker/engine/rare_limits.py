"""The rare limits of a container: as HostConfig keeps them, and as the OCI config says them."""

import os
import stat

from pyker.base.errors import InvalidError, NotFoundError
from pyker.model.rare_limits import RATES, RareLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Document = dict[str, Any]

# HostConfig's BlkioDevice… -> the section of OCI's blockIO
_SECTIONS = dict(
    zip(RATES, (f"throttle{name}Device" for name in ("ReadBps", "WriteBps", "ReadIOPS", "WriteIOPS")))
)


def host_part(limits: RareLimits) -> "Document":
    """The keys of HostConfig that say *limits*."""
    rates: "Document" = {f"BlkioDevice{kind}": [] for kind in RATES}
    for kind, path, rate in limits.rates:
        rates[f"BlkioDevice{kind}"].append({"Path": path, "Rate": rate})
    return {
        "BlkioWeight": limits.weight,
        "BlkioWeightDevice": [{"Path": path, "Weight": weight} for path, weight in limits.weight_devices],
        **rates,
        "CpuRealtimePeriod": limits.realtime_period,
        "CpuRealtimeRuntime": limits.realtime_runtime,
        "MemorySwappiness": limits.swappiness,
        "OomKillDisable": limits.oom_kill_disable,
        "DeviceCgroupRules": list(limits.device_rules) or None,
        "CgroupParent": limits.parent,
        "CgroupConf": dict(limits.conf),
        "Cgroups": limits.mode or "enabled",
    }


def rare_resources(host: "Document", warn: "Callable[[str], None]") -> "Document":
    """The part of OCI linux.resources that a *host_part* asks for.

    Raises NotFoundError and InvalidError for a path that is no device.
    """
    if host["OomKillDisable"] and not host["Memory"]:
        warn(
            "OOM killer is disabled for the container, but no memory limit is set, "
            "this can result in the system running out of resources."
        )
    return {
        "memory": _given(
            swappiness=host["MemorySwappiness"], disableOOMKiller=host["OomKillDisable"] or None
        ),
        "cpu": _given(
            realtimePeriod=host["CpuRealtimePeriod"] or None,
            realtimeRuntime=host["CpuRealtimeRuntime"] or None,
        ),
        "blockIO": _block(host),
        "devices": [_rule(text) for text in host["DeviceCgroupRules"] or ()],
        "unified": dict(host["CgroupConf"]),
    }


def group_place(host: "Document", identity: str) -> str:
    """Where the control group of container *identity* stands below the root; empty for none."""
    if host.get("Cgroups") == "disabled":
        return ""
    return f"{host.get('CgroupParent') or 'pyker'}/{identity}"


def _given(**words: "Any") -> "Document":
    return {key: value for key, value in words.items() if value is not None}


def _block(host: "Document") -> "Document":
    block: "Document" = _given(weight=host["BlkioWeight"] or None)
    if rows := host["BlkioWeightDevice"]:
        block["weightDevice"] = [{**_numbers(row["Path"]), "weight": row["Weight"]} for row in rows]
    for kind, section in _SECTIONS.items():
        if rows := host[f"BlkioDevice{kind}"]:
            block[section] = [{**_numbers(row["Path"]), "rate": row["Rate"]} for row in rows]
    return block


def _numbers(path: str) -> "dict[str, int]":
    """The numbers of the disk at *path*."""
    try:
        found = os.stat(path)
    except OSError as error:
        raise NotFoundError(f"stat {path}: {(error.strerror or '').lower()}", code=125) from error
    if not stat.S_ISBLK(found.st_mode):
        raise InvalidError(f"{path} is not a block device", code=125)
    return {"major": os.major(found.st_rdev), "minor": os.minor(found.st_rdev)}


def _rule(text: str) -> "Document":
    kind, numbers, access = text.split(" ")
    major, minor = (None if one == "*" else int(one) for one in numbers.split(":"))
    return {"allow": True, "type": kind, **_given(major=major, minor=minor), "access": access}
