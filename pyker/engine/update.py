"""Other limits, or another restart policy, for a container that exists: at once when it runs."""

from pyker.base.errors import ConflictError, NotFoundError
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.cgroup.control import Group
from pyker.engine.containers import find_container, load_container, run_path
from pyker.engine.events import record_container
from pyker.engine.rare_limits import host_part, rare_resources
from pyker.model.limits import Limits, check_limits
from pyker.model.rare_limits import RareLimits
from pyker.runtime.plan import resources, with_more

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container

    Document = dict[str, Any]

_LIMITS = {  # fields of Limits -> keys of HostConfig
    "memory": "Memory",
    "memory_swap": "MemorySwap",
    "memory_reservation": "MemoryReservation",
    "nano_cpus": "NanoCpus",
    "cpu_shares": "CpuShares",
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpuset_cpus": "CpusetCpus",
    "cpuset_mems": "CpusetMems",
    "pids": "PidsLimit",
}


def update(home: "Home", text: str, changes: "Document", warn: "Callable[[str], None]") -> None:
    """Give container *text* the *changes*, keys of HostConfig with their new values.

    Raises NotFoundError; InvalidError and ConflictError for limits that contradict what it has, or that the
    kernel refuses: it stays as it was then.
    """
    container = find_container(home, text)
    with Lock(f"{container.path}/lock"):
        current = load_container(home, container.id)
        if current is None:
            raise NotFoundError(f"No such container: {text}")
        _change(home, current, changes, warn)
    record_container(home, container, "update")


def _change(home: "Home", container: "Container", changes: "Document", warn: "Callable[[str], None]") -> None:
    before = {**host_part(RareLimits()), **container.config["host"]}
    after = _changed(container, before, changes)
    if container.is_running:
        _limit(home, container, _difference(before, after, warn), warn)
    config = {**container.config, "host": {**container.config["host"], **_kept(container, after)}}
    write(f"{container.path}/config.json", config)


def _changed(container: "Container", before: "Document", changes: "Document") -> "Document":
    """*before* with *changes*, when the two agree."""
    words = f"Cannot update container {container.id}:"
    cpus = {"CpuPeriod": "CPU Period", "CpuQuota": "CPU Quota"}
    for key, name in cpus.items():
        if changes.get(key) and before["NanoCpus"]:
            raise ConflictError(
                f"{words} Conflicting options: {name} cannot be updated as NanoCPUs has already been set"
            )
        if changes.get("NanoCpus") and before[key]:
            raise ConflictError(
                f"{words} Conflicting options: Nano CPUs cannot be updated as {name} has already been set"
            )
    if 0 < before["MemorySwap"] < changes.get("Memory", 0) and not changes.get("MemorySwap"):
        raise ConflictError(
            f"{words} Memory limit should be smaller than already set memoryswap limit, "
            "update the memoryswap at the same time"
        )
    if "RestartPolicy" in changes and before["AutoRemove"]:
        raise ConflictError(
            "Restart policy cannot be updated because AutoRemove is enabled for the container"
        )
    after = {**before, **changes}
    check_limits(Limits(**{field: after[key] for field, key in _LIMITS.items()}))
    return after


def _kept(container: "Container", after: "Document") -> "Document":
    """The keys to write: rare ones only where the container has them, or now needs them."""
    rare = host_part(RareLimits())
    needed = any(after[key] != value for key, value in rare.items())
    known = container.config["host"]
    return {key: value for key, value in after.items() if key in known or key not in rare or needed}


def _difference(before: "Document", after: "Document", warn: "Callable[[str], None]") -> "Document":
    """What of OCI linux.resources *after* says otherwise than *before*."""
    old, new = (with_more(resources(host, ()), _rare(host, warn)) for host in (before, after))
    return {
        section: {key: value for key, value in words.items() if value != old.get(section, {}).get(key)}
        for section, words in new.items()
        if section != "devices"
    }


def _rare(host: "Document", warn: "Callable[[str], None]") -> "Document":
    found = rare_resources({**host, "OomKillDisable": False}, warn)
    return {key: found[key] for key in ("memory", "cpu", "blockIO")}


def _limit(home: "Home", container: "Container", changes: "Document", warn: "Callable[[str], None]") -> None:
    """Change the group of a running container, and record a group that got more directories by that."""
    if not any(changes.values()):
        return
    run = container.run or {}
    group = Group.from_paths(run.get("cgroup") or {})
    changed = group.update(changes, warn)
    if changed != group:
        document = {**run, "cgroup": changed.paths}
        write(f"{run_path(home, container.id)}/run.json", document, durable=False)
