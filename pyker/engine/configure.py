"""A request and an image become the document of a container: Docker's Config and HostConfig."""

from pyker.base.errors import InvalidError
from pyker.base.ids import short
from pyker.engine.clock import now
from pyker.model.device import is_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.engine.image_lookup import Image
    from pyker.model.request import RunRequest

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SHM_SIZE = 64 << 20


def configure(
    request: "RunRequest", image: "Image", image_document: "dict[str, Any]", identity: str
) -> "dict[str, Any]":
    """The container document of *request* on *image*; "name" and "mounts" are added by the caller.

    Raises InvalidError when request and image together leave no command.
    """
    defaults: dict[str, Any] = image_document.get("config") or {}
    entrypoint, command = _command(request, defaults)
    words = [*entrypoint, *command]
    if not words:
        raise InvalidError("No command specified", hint="add a command after the image's name", code=125)
    return {
        "version": 1,
        "id": identity,
        "created": now(),
        "image": request.image,
        "image_id": image.id,
        "architecture": image.architecture,
        "chain": list(image.chain),
        "path": words[0],
        "args": words[1:],
        "create_command": list(request.create_command),
        "config": _config(request, defaults, entrypoint, command, identity),
        "host": _host_config(request),
        **_identity(request),
        **_filesystems(request),
        **_secrets(request),
        **_named_devices(request),
        **_rootfs(request),
    }


def _rootfs(request: "RunRequest") -> "dict[str, Any]":
    """The directory that takes an image's place."""
    if request.rootfs is None:
        return {}
    path, overlay = request.rootfs
    return {"rootfs": {"path": path, "overlay": overlay}}


def _named_devices(request: "RunRequest") -> "dict[str, Any]":
    """Devices that are named after the Container Device Interface."""
    names = [text for text in request.devices if is_named(text)]
    return {"named_devices": names} if names else {}


def _secrets(request: "RunRequest") -> "dict[str, Any]":
    if not request.secrets:
        return {}
    return {"secrets": [use.document for use in request.secrets]}


def _filesystems(request: "RunRequest") -> "dict[str, Any]":
    """New file systems other than those of HostConfig's Tmpfs."""
    found = [[one.fstype, one.target, list(one.options)] for one in request.tmpfs if one.fstype != "tmpfs"]
    return {"filesystems": found} if found else {}


def _identity(request: "RunRequest") -> "dict[str, Any]":
    """The rare options about users and the files of /etc; nothing for a container without any."""
    if request.identity is None:
        return {}
    from pyker.engine.identity import identity_document

    return {"identity": identity_document(request.identity)}


def _command(request: "RunRequest", defaults: "dict[str, Any]") -> "tuple[list[str], list[str]]":
    """Docker's rule: a new entrypoint drops the image's command with its entrypoint."""
    if request.entrypoint is not None:
        return list(request.entrypoint), list(request.command)
    return list(defaults.get("Entrypoint") or ()), list(request.command or defaults.get("Cmd") or ())


def _config(
    request: "RunRequest",
    defaults: "dict[str, Any]",
    entrypoint: "list[str]",
    command: "list[str]",
    identity: str,
) -> "dict[str, Any]":
    attached = {word.lower() for word in request.attach}
    everything = not attached and not request.detach
    published = (f"{port.container_port}/{port.protocol}" for port in request.ports)
    exposed = (*(defaults.get("ExposedPorts") or ()), *request.expose, *published)
    return {
        "Hostname": _hostname(request, identity),
        "Domainname": request.domainname,
        "User": request.user or defaults.get("User", ""),
        "AttachStdin": "stdin" in attached or (everything and request.stdin_open),
        "AttachStdout": "stdout" in attached or everything,
        "AttachStderr": "stderr" in attached or everything,
        "Tty": request.tty,
        "OpenStdin": request.stdin_open,
        "StdinOnce": request.stdin_open and not request.detach,
        "Env": _environment(request, defaults),
        "Cmd": command or None,
        "Image": request.image,
        "Volumes": {target: {} for target in defaults.get("Volumes") or ()} or None,
        "WorkingDir": request.working_directory or defaults.get("WorkingDir", ""),
        "Entrypoint": entrypoint or None,
        "Labels": {**(defaults.get("Labels") or {}), **dict(request.labels)},
        "ExposedPorts": {port: {} for port in exposed},
        "StopSignal": request.stop_signal or defaults.get("StopSignal", ""),
        "StopTimeout": request.stop_timeout,
        "Healthcheck": _healthcheck(request, defaults),
        **dict(request.life),
    }


def _healthcheck(request: "RunRequest", defaults: "dict[str, Any]") -> "dict[str, Any] | None":
    image: "dict[str, Any] | None" = defaults.get("Healthcheck")
    return {**(image or {}), **dict(request.healthcheck)} if request.healthcheck else image


def _hostname(request: "RunRequest", identity: str) -> str:
    """The name given, the host's where the UTS namespace is the host's, else the short id."""
    if request.hostname:
        return request.hostname
    if request.uts_mode == "host" or request.network == "host":
        with open("/proc/sys/kernel/hostname", encoding="utf-8") as file:
            return file.read().strip()
    return short(identity)


def _environment(request: "RunRequest", defaults: "dict[str, Any]") -> "list[str]":
    """The image's variables with the request's over them, in the order they first appear."""
    variables = {"PATH": PATH}
    for variable in defaults.get("Env") or ():
        name, _, variables[name] = variable.partition("=")
    if request.identity is not None:
        from pyker.engine.identity import variables_of

        variables = variables_of(request.identity, variables, {"PATH": PATH})
    for variable in request.environment:
        name, _, variables[name] = variable.partition("=")
    return [f"{name}={value}" for name, value in variables.items()]


def _host_config(request: "RunRequest") -> "dict[str, Any]":
    return {
        "Binds": [_bind_text(volume) for volume in request.volumes if not volume.image] or None,
        "ContainerIDFile": request.cidfile,
        "LogConfig": {"Type": request.log_driver or "json-file", "Config": dict(request.log_options)},
        "NetworkMode": request.network or "default",
        "PortBindings": _port_bindings(request),
        "PublishAllPorts": request.publish_all,
        "RestartPolicy": restart_policy(request.restart),
        "AutoRemove": request.remove,
        "CapAdd": list(request.cap_add) or None,
        "CapDrop": list(request.cap_drop) or None,
        "Dns": list(request.dns),
        "DnsSearch": list(request.dns_search),
        "DnsOptions": list(request.dns_options),
        "ExtraHosts": [f"{name}:{address}" for name, address in request.add_hosts] or None,
        "GroupAdd": list(request.groups) or None,
        "PidMode": request.pid_mode,
        "IpcMode": request.ipc_mode or "private",
        "UTSMode": request.uts_mode,
        "CgroupnsMode": request.cgroup_mode or "private",
        "Privileged": request.privileged,
        "ReadonlyRootfs": request.read_only,
        "SecurityOpt": list(request.security) or None,
        "Tmpfs": _tmpfs(request),
        "ShmSize": request.shm_size or SHM_SIZE,
        "Sysctls": dict(request.sysctls) or None,
        "Ulimits": [{"Name": name, "Soft": soft, "Hard": hard} for name, soft, hard in request.ulimits]
        or None,
        "Devices": [_device(text) for text in request.devices if not is_named(text)] or None,
        "Init": request.init or None,
        "IPAddress": request.address,
        "MacAddress": request.mac_address,
        "Annotations": dict(request.annotations) or None,
        **_limits(request),
        **_host_identity(request),
        **_rare_limits(request),
    }


def _rare_limits(request: "RunRequest") -> "dict[str, Any]":
    if request.rare_limits is None:
        return {}
    from pyker.engine.rare_limits import host_part

    return host_part(request.rare_limits)


def _host_identity(request: "RunRequest") -> "dict[str, Any]":
    if request.identity is None:
        return {}
    from pyker.engine.identity import host_part

    return host_part(request.identity, request.name)


def restart_policy(text: str) -> "dict[str, Any]":
    """HostConfig's words for the restart policy *text*."""
    if not text:
        return {"Name": "no", "MaximumRetryCount": 0}
    from pyker.model.restart import parse_policy

    policy = parse_policy(text)
    return {"Name": policy.name, "MaximumRetryCount": policy.most}


def _limits(request: "RunRequest") -> "dict[str, Any]":
    limits = request.limits
    return {
        "Memory": limits.memory,
        "MemorySwap": limits.memory_swap,
        "MemoryReservation": limits.memory_reservation,
        "NanoCpus": limits.nano_cpus,
        "CpuShares": limits.cpu_shares,
        "CpuPeriod": limits.cpu_period,
        "CpuQuota": limits.cpu_quota,
        "CpusetCpus": limits.cpuset_cpus,
        "CpusetMems": limits.cpuset_mems,
        "PidsLimit": limits.pids,
        "OomScoreAdj": limits.oom_score_adj or 0,
    }


def _tmpfs(request: "RunRequest") -> "dict[str, str] | None":
    return {one.target: ",".join(one.options) for one in request.tmpfs if one.fstype == "tmpfs"} or None


def _bind_text(volume: "Any") -> str:
    parts = [volume.source, volume.target, ",".join(volume.options)]
    return ":".join(part for part in parts if part)


def _port_bindings(request: "RunRequest") -> "dict[str, list[dict[str, str]]]":
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in request.ports:
        host_port = str(port.host_port) if port.host_port else ""
        bindings.setdefault(f"{port.container_port}/{port.protocol}", []).append(
            {"HostIp": port.host_ip, "HostPort": host_port}
        )
    return bindings


def _device(text: str) -> "dict[str, str]":
    """--device's host[:container[:permissions]]."""
    host, _, rest = text.partition(":")
    inside, _, permissions = rest.partition(":")
    if inside and not inside.startswith("/"):
        inside, permissions = "", inside
    return {
        "PathOnHost": host,
        "PathInContainer": inside or host,
        "CgroupPermissions": permissions or "rwm",
    }
