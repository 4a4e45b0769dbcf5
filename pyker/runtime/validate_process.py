"""An OCI process is checked as a whole, whether it is a container's first or one of `exec`."""

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.kernel.apparmor import enabled
from pyker.kernel.capabilities import NUMBERS
from pyker.runtime.fields import check_types, one_of, whole
from pyker.runtime.scheduling import CLASSES, FLAGS, POLICIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Process = dict[str, Any]

SETS = ("bounding", "effective", "inheritable", "permitted", "ambient")
_LAST_ID = (1 << 31) - 1
_TYPES: "dict[str, Any]" = {
    "args": [str],
    "env": [str],
    "cwd": str,
    "terminal": bool,
    "noNewPrivileges": bool,
    "apparmorProfile": str,
    "selinuxLabel": str,
    "oomScoreAdj": int,
    "consoleSize": dict,
    "user": dict,
    "user.uid": int,
    "user.gid": int,
    "user.umask": int,
    "user.additionalGids": [int],
    "capabilities": dict,
    **{f"capabilities.{name}": [str] for name in SETS},
    "rlimits": [dict],
    "scheduler": dict,
    "scheduler.flags": [str],
    **{f"scheduler.{name}": int for name in ("nice", "priority", "runtime", "deadline", "period")},
    "ioPriority": dict,
}
_RLIMITS = frozenset(
    f"RLIMIT_{name}"
    for name in (
        *("AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK", "MSGQUEUE", "NICE", "NOFILE", "NPROC"),
        *("RSS", "RTPRIO", "RTTIME", "SIGPENDING", "STACK"),
    )
)


def validate_process(process: "Process") -> None:
    """Raise InvalidError for a *process* that makes no sense, UnsupportedError for what cannot be here."""
    check_types(process, _TYPES, "process.")
    if process.get("execCPUAffinity"):
        raise UnsupportedError("config.json: process.execCPUAffinity is not supported")
    if process.get("selinuxLabel"):
        raise UnsupportedError("config.json: process.selinuxLabel: SELinux is disabled or not supported")
    _check_user({"uid": 0, "gid": 0, **(process.get("user") or {})})
    size = {"height": 0, "width": 0, **(process.get("consoleSize") or {})}
    whole("process.consoleSize", size, "height", "width")
    for variable in process.get("env") or ():
        if variable.find("=") < 1:
            raise InvalidError(f'config.json: process.env: invalid environment variable: "{variable}"')
    if not -1000 <= (process.get("oomScoreAdj") or 0) <= 1000:
        raise InvalidError("config.json: process.oomScoreAdj must be -1000 to 1000")
    _check_limits(process)
    _check_schedule(process)


def _check_limits(process: "Process") -> None:
    seen = set()
    for place, limit in enumerate(process.get("rlimits") or ()):
        field, kind = f"process.rlimits[{place}]", limit.get("type")
        one_of(f"{field}.type", kind, _RLIMITS)
        if kind in seen:
            raise InvalidError(f"config.json: {field}: there is a {kind} already")
        seen.add(kind)
        whole(field, limit, "soft", "hard")


def _check_schedule(process: "Process") -> None:
    if scheduler := process.get("scheduler"):
        one_of("process.scheduler.policy", scheduler.get("policy"), POLICIES)
        for flag in scheduler.get("flags") or ():
            one_of("process.scheduler.flags", flag, FLAGS)
    if priority := process.get("ioPriority"):
        one_of("process.ioPriority.class", priority.get("class"), CLASSES)
        whole("process.ioPriority", {"priority": 0, **priority}, "priority")
        if priority.get("priority", 0) > 7:
            raise InvalidError("config.json: process.ioPriority.priority must be 0 to 7")


def _check_user(user: "Process") -> None:
    whole("process.user", user, "uid", "gid")
    if max(user["uid"], user["gid"], *(user.get("additionalGids") or ())) > _LAST_ID:
        raise InvalidError(f"config.json: process.user: uids and gids must be in range 0-{_LAST_ID}")


def require_process(process: "Any", warn: "Callable[[str], None]") -> "Process":
    """*process*, when it says what every process needs and nothing that this machine lacks.

    Capabilities that nobody knows are left out, with a word to *warn*. Raises InvalidError, UnsupportedError.
    """
    if not process:
        raise InvalidError("process property must not be empty")
    if not process.get("args"):
        raise InvalidError("process args cannot be empty")
    if not process.get("cwd"):
        raise InvalidError("Cwd property must not be empty")
    if not process["cwd"].startswith("/"):
        raise InvalidError("Cwd must be an absolute path")
    if process.get("apparmorProfile") and not enabled():
        raise UnsupportedError(
            f"apparmor profile {process['apparmorProfile']}: AppArmor is not supported here"
        )
    process["env"] = process.get("env") or []
    process["user"] = user = process.get("user") or {}
    for name, usual in (("uid", 0), ("gid", 0), ("umask", 0o022)):
        user[name] = usual if user.get(name) is None else user[name]
    if capabilities := process.get("capabilities"):
        _keep_known(capabilities, warn)
        _keep_possible(capabilities)
    found: Process = process
    return found


def _keep_known(capabilities: "Process", warn: "Callable[[str], None]") -> None:
    named = {kind: capabilities.get(kind) or [] for kind in SETS}
    capabilities.update(named)
    if unknown := {name for names in named.values() for name in names} - NUMBERS.keys():
        warn(f"ignoring unknown or unavailable capabilities: [{' '.join(sorted(unknown))}]")
        for kind, names in named.items():
            capabilities[kind] = [name for name in names if name in NUMBERS]


def _keep_possible(capabilities: "Process") -> None:
    """Leave out of the ambient set what cannot be in it, as runc does. See "Ambient" in capabilities(7)."""
    inheritable, permitted = (capabilities.get(key) or [] for key in ("inheritable", "permitted"))
    ambient = capabilities.get("ambient") or []
    capabilities["ambient"] = [name for name in ambient if name in inheritable and name in permitted]
