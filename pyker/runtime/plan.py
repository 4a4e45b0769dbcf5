"""A container document and the facts of this machine become an OCI runtime-spec config. Pure.

What is decided here is what `spec.json` shows; the runtime does just that. The defaults are those
of threats.md, section 2: at least Docker's confinement.
"""

from pyker.base.errors import InvalidError
from pyker.base.value import Value
from pyker.security import devices
from pyker.security.capabilities import section as capability_section
from pyker.security.paths import READONLY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.namespaces.maps import Maps
    from pyker.security.user import User

PIDS_LIMIT = 2048
CPU_PERIOD = 100_000  # microseconds
INIT = "/dev/init"
KEEP_GROUPS = "run.oci.keep_original_groups"
IPC_SYSCTLS = tuple(
    f"kernel.{name}"
    for name in ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")
)


class Facts(Value):
    """What planning needs to know and cannot look up itself."""

    root: str  # the mounted root file system
    user: "User"
    capabilities: "tuple[str, ...]"
    seccomp: "dict[str, Any] | None"
    masked: "tuple[str, ...]"
    mounts: "tuple[dict[str, Any], ...]"  # OCI mounts, in order
    devices: "tuple[dict[str, Any], ...]"  # OCI nodes beside the default ones
    device_rules: "tuple[dict[str, Any], ...]"
    cgroup: str
    namespaces: "dict[str, str]"  # kind -> "" (a new one) or the path of one to join
    rootless: bool = False
    maps: "Maps | None" = None  # the ids of a user namespace of its own
    init: bool = False
    last_gid: int = 2147483647  # the largest group id mapped here
    more_resources: "dict[str, Any]" = {}  # noqa: RUF012 - of linux.resources, over what HostConfig says plainly


def security_options(host: "dict[str, Any]") -> "dict[str, str]":
    """--security-opt as a table; InvalidError for a word that means nothing."""
    options: dict[str, str] = {}
    for word in host.get("SecurityOpt") or ():
        key, sign, value = word.partition("=")
        if not sign:
            key, _, value = word.partition(":")
        if key not in ("seccomp", "apparmor", "label", "no-new-privileges", "systempaths", "mask", "unmask"):
            raise InvalidError(
                f'invalid --security-opt 1: "{word}"',
                hint="known are seccomp, no-new-privileges, systempaths, mask, unmask, apparmor and label",
                code=125,
            )
        options[key] = value or "true"
    return options


def plan(document: "dict[str, Any]", facts: Facts) -> "dict[str, Any]":
    """The OCI config of container *document* on this machine. See config.md of the runtime-spec."""
    host = document["host"]
    return {
        "ociVersion": "1.2.0",
        "process": _process(document, facts),
        "root": {"path": facts.root, "readonly": bool(host["ReadonlyRootfs"])},
        "hostname": document["config"]["Hostname"],
        "domainname": document["config"]["Domainname"],
        "mounts": list(facts.mounts),
        "annotations": {**(host.get("Annotations") or {}), **_kept_groups(document)},
        "linux": _linux(host, facts, document.get("identity") or {}),
    }


def _kept_groups(document: "dict[str, Any]") -> "dict[str, str]":
    """Crun's word for a process that keeps the groups of who starts it."""
    return {KEEP_GROUPS: "1"} if (document.get("identity") or {}).get("keep_groups") else {}


def _process(document: "dict[str, Any]", facts: Facts) -> "dict[str, Any]":
    config, host = document["config"], document["host"]
    words = [document["path"], *document["args"]]
    user = facts.user
    umask = (document.get("identity") or {}).get("umask", 0o022)
    process = {
        "terminal": bool(config["Tty"]),
        "user": {"uid": user.uid, "gid": user.gid, "umask": umask, "additionalGids": list(user.groups)},
        "args": [INIT, "--", *words] if facts.init else words,
        "env": environment(config, user),
        "cwd": config["WorkingDir"] or "/",
        "capabilities": capability_section(facts.capabilities, user.uid),
        "noNewPrivileges": security_options(host).get("no-new-privileges", "false") == "true",
        "oomScoreAdj": host["OomScoreAdj"],
    }
    if profile := security_options(host).get("apparmor", ""):
        process.update(_confined(profile))
    if limits := host.get("Ulimits"):
        process["rlimits"] = [
            {"type": limit["Name"], "soft": limit["Soft"], "hard": limit["Hard"]} for limit in limits
        ]
    return process


def _confined(profile: str) -> "dict[str, Any]":
    """AppArmor profile *profile*; nothing where there is no AppArmor: the option is accepted anyway."""
    from pyker.kernel.apparmor import UNCONFINED, enabled

    return {"apparmorProfile": profile} if profile != UNCONFINED and enabled() else {}


def environment(config: "dict[str, Any]", user: "User") -> "list[str]":
    """The variables of a process: HOSTNAME, HOME and TERM beneath what image and user said."""
    variables = {"HOSTNAME": config["Hostname"], "HOME": user.home}
    if config["Tty"]:
        variables["TERM"] = "xterm"
    for variable in config["Env"]:
        name, _, value = variable.partition("=")
        variables[name] = value
    return [f"{name}={value}" for name, value in variables.items()]


def _linux(host: "dict[str, Any]", facts: Facts, identity: "dict[str, Any]") -> "dict[str, Any]":
    privileged = host["Privileged"]
    linux: dict[str, Any] = {
        "namespaces": [
            {"type": kind, **({"path": path} if path else {})} for kind, path in facts.namespaces.items()
        ],
        "devices": [*devices.NODES, *facts.devices],
        "cgroupsPath": facts.cgroup,
        "resources": with_more(resources(host, facts.device_rules), facts.more_resources),
        "rootfsPropagation": "rprivate",
        "sysctl": _sysctls(host, facts),
    }
    if facts.maps is not None and not facts.namespaces.get("user"):
        linux.update(uidMappings=_mappings(facts.maps.uids), gidMappings=_mappings(facts.maps.gids))
    masked, readonly = _protected_paths(host, facts)
    if not privileged:
        linux.update(maskedPaths=masked, readonlyPaths=readonly)
    if domain := identity.get("personality"):
        linux["personality"] = {"domain": domain}
    if facts.seccomp is not None:
        linux["seccomp"] = facts.seccomp
    return linux


def _mappings(rows: "tuple[tuple[int, int, int], ...]") -> "list[dict[str, int]]":
    return [{"containerID": inside, "hostID": other, "size": count} for inside, other, count in rows]


def _protected_paths(host: "dict[str, Any]", facts: Facts) -> "tuple[list[str], list[str]]":
    options = security_options(host)
    if options.get("systempaths") == "unconfined" or options.get("unmask", "").upper() == "ALL":
        return [], []
    opened = set(options.get("unmask", "").split(":"))
    wanted = (*facts.masked, *options.get("mask", "").split(":"))
    masked = [path for path in wanted if path and path not in opened]
    return masked, [path for path in READONLY if path not in opened]


def _sysctls(host: "dict[str, Any]", facts: Facts) -> "dict[str, str]":
    """Docker's two network defaults, then what was asked, each checked to belong to a namespace of ours."""
    values: dict[str, str] = {}
    if facts.namespaces.get("network") == "":
        values["net.ipv4.ip_unprivileged_port_start"] = "0"
        values["net.ipv4.ping_group_range"] = f"0 {facts.last_gid}"
    for name, value in (host.get("Sysctls") or {}).items():
        values[check_sysctl(name, facts.namespaces)] = value
    return values


def check_sysctl(name: str, namespaces: "dict[str, str]") -> str:
    """*name* back when it is a parameter of a namespace that is the container's own (CVE-2022-0811)."""
    plain = all(sign.isalnum() or sign in "._-" for sign in name) and ".." not in name
    kind = ""
    if name.startswith("net."):
        kind = "network"
    elif name in IPC_SYSCTLS or name.startswith("fs.mqueue."):
        kind = "ipc"
    elif name == "kernel.domainname":
        kind = "uts"
    if plain and kind and namespaces.get(kind) == "":
        return name
    why = f"the container has no {kind} namespace of its own" if kind else "it is not a namespaced parameter"
    raise InvalidError(f"sysctl '{name}' is not allowed: {why}", code=125)


def resources(host: "dict[str, Any]", device_rules: "tuple[dict[str, Any], ...]") -> "dict[str, Any]":
    """OCI linux.resources of a HostConfig."""
    pids = host["PidsLimit"]
    return {
        "devices": devices.rules(device_rules, privileged=host["Privileged"]),
        "memory": _memory(host),
        "cpu": _cpu(host),
        "pids": {"limit": PIDS_LIMIT if pids is None else (pids if pids > 0 else -1)},
    }


def with_more(plain: "dict[str, Any]", more: "dict[str, Any]") -> "dict[str, Any]":
    """OCI linux.resources with what each section of *more* adds to it."""
    return {**plain, **{key: {**plain.get(key, {}), **section} for key, section in more.items() if section}}


def _memory(host: "dict[str, Any]") -> "dict[str, int]":
    memory: dict[str, int] = {}
    if limit := host["Memory"]:
        memory["limit"] = limit
        memory["swap"] = host["MemorySwap"] or 2 * limit
    if reservation := host["MemoryReservation"]:
        memory["reservation"] = reservation
    return memory


def _cpu(host: "dict[str, Any]") -> "dict[str, int | str]":
    cpu: dict[str, int | str] = {}
    if nano := host["NanoCpus"]:
        cpu.update(period=CPU_PERIOD, quota=nano * CPU_PERIOD // 10**9)
    for key, asked in (("shares", "CpuShares"), ("period", "CpuPeriod"), ("quota", "CpuQuota")):
        if host[asked]:
            cpu[key] = host[asked]
    for key, asked in (("cpus", "CpusetCpus"), ("mems", "CpusetMems")):
        if host[asked]:
            cpu[key] = host[asked]
    return cpu
