"""What `inspect` tells of a container and of an image, under Docker's keys and in Docker's order."""

from pyker.base.errors import CorruptError
from pyker.base.jsonfile import read
from pyker.engine.image_lookup import directories_below, image_config, layer_directories
from pyker.model.container import NEVER
from pyker.model.log_config import JSON_FILE, K8S_FILE
from pyker.model.reference import split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.image import Image

    Document = dict[str, Any]

_CONFIG: "Document" = {
    "Hostname": "",
    "Domainname": "",
    "User": "",
    "AttachStdin": False,
    "AttachStdout": False,
    "AttachStderr": False,
    "ExposedPorts": {},
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Env": None,
    "Cmd": None,
    "Image": "",
    "Volumes": None,
    "WorkingDir": "",
    "Entrypoint": None,
    "OnBuild": None,
    "Labels": {},
}
_HOST: "Document" = {
    "Binds": None,
    "ContainerIDFile": "",
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "default",
    "PortBindings": {},
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "VolumeDriver": "",
    "VolumesFrom": None,
    "ConsoleSize": [0, 0],
    "CapAdd": None,
    "CapDrop": None,
    "CgroupnsMode": "private",
    "Dns": [],
    "DnsOptions": [],
    "DnsSearch": [],
    "ExtraHosts": None,
    "GroupAdd": None,
    "IpcMode": "private",
    "Cgroup": "",
    "Links": None,
    "OomScoreAdj": 0,
    "PidMode": "",
    "Privileged": False,
    "PublishAllPorts": False,
    "ReadonlyRootfs": False,
    "SecurityOpt": None,
    "UTSMode": "",
    "UsernsMode": "",
    "ShmSize": 67108864,
    "Runtime": "pyker",
    "Isolation": "",
    "CpuShares": 0,
    "Memory": 0,
    "NanoCpus": 0,
    "CgroupParent": "",
    "BlkioWeight": 0,
    "BlkioWeightDevice": [],
    "BlkioDeviceReadBps": [],
    "BlkioDeviceWriteBps": [],
    "BlkioDeviceReadIOps": [],
    "BlkioDeviceWriteIOps": [],
    "CpuPeriod": 0,
    "CpuQuota": 0,
    "CpuRealtimePeriod": 0,
    "CpuRealtimeRuntime": 0,
    "CpusetCpus": "",
    "CpusetMems": "",
    "Devices": [],
    "DeviceCgroupRules": None,
    "DeviceRequests": None,
    "MemoryReservation": 0,
    "MemorySwap": 0,
    "MemorySwappiness": None,
    "OomKillDisable": False,
    "PidsLimit": None,
    "Ulimits": [],
}
_OURS = ("IPAddress", "MacAddress")  # kept with the host's part of a container, shown with its network


def container_document(home: "Home", container: "Container", *, size: bool = False) -> "Document":
    """All there is to know of *container*; with *size* also what its files take."""
    config = container.config
    document: "Document" = {
        "Id": container.id,
        "Created": container.created,
        "Path": config["path"],
        "Args": config["args"],
        "State": container.state,
        "Image": container.image_id,
        "ResolvConfPath": f"{container.path}/resolv.conf",
        "HostnamePath": f"{container.path}/hostname",
        "HostsPath": f"{container.path}/hosts",
        "LogPath": _log_path(container),
        "Name": f"/{container.name}",
        "RestartCount": container.restarts,
        "Driver": driver_name(home),
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": None,
        "HostConfig": {**_host_config(config["host"]), **_hidden_paths(container)},
        "GraphDriver": _graph_driver(home, container),
        "Mounts": config["mounts"],
        "Config": _complete(_CONFIG, config["config"]),
        "PidFile": config["config"].get("PidFile") or "",
        "NetworkSettings": _network_settings(container),
    }
    if size:
        from pyker.engine.size import container_size

        document["SizeRw"], document["SizeRootFs"] = container_size(home, container)
    return document


def _complete(template: "Document", given: "Document") -> "Document":
    """*given* over *template*: null where Docker says an empty list or map stays as the template has it."""
    known = {key: value for key, value in given.items() if value is not None or template.get(key) is None}
    return {**template, **known}


def _host_config(host: "Document") -> "Document":
    document = _complete(_HOST, {key: value for key, value in host.items() if key not in _OURS})
    limits = [
        {"Name": limit["Name"].removeprefix("RLIMIT_").lower(), "Hard": limit["Hard"], "Soft": limit["Soft"]}
        for limit in document["Ulimits"]
    ]
    return {**document, "Ulimits": limits}


def _hidden_paths(container: "Container") -> "Document":
    """What was masked and read-only at the last start, as the OCI config of that start says."""
    try:
        system = read(f"{container.path}/spec.json")["linux"]
    except (FileNotFoundError, CorruptError, KeyError, TypeError):
        system = {}
    return {"MaskedPaths": system.get("maskedPaths"), "ReadonlyPaths": system.get("readonlyPaths")}


def driver_name(home: "Home") -> str:
    """The storage driver of *home*, "overlay" as long as none was probed."""
    try:
        return str(read(home.below("driver.json"))["driver"])
    except (FileNotFoundError, CorruptError, KeyError, TypeError):
        return "overlay"


def _graph_driver(home: "Home", container: "Container") -> "Document":
    path = container.path
    return {
        "Data": {
            "LowerDir": ":".join(directories_below(home, container.config)),
            "MergedDir": f"{path}/merged",
            "UpperDir": f"{path}/upper",
            "WorkDir": f"{path}/work",
        },
        "Name": driver_name(home),
    }


def _network_settings(container: "Container") -> "Document":
    found = container.network
    addresses = {
        "Gateway": found.get("Gateway", ""),
        "IPAddress": found.get("IPAddress", ""),
        "IPPrefixLen": found.get("IPPrefixLen", 0),
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "MacAddress": found.get("MacAddress", ""),
    }
    name = _network_name(container)
    network = {
        "IPAMConfig": None,
        "Links": None,
        "Aliases": None,
        "NetworkID": name,
        "EndpointID": "",
        **addresses,
    }
    return {
        "Bridge": "",
        "SandboxID": container.id if container.has_process else "",
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "Ports": _ports(container),
        "SandboxKey": f"/proc/{container.pid}/ns/net" if container.has_process else "",
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        "EndpointID": "",
        **addresses,
        "Networks": {name: {**network, "DriverOpts": None}} if name else {},
    }


def _network_name(container: "Container") -> str:
    mode = str(container.config["host"]["NetworkMode"])
    if mode == "default":
        return str(container.network.get("Network") or "bridge")
    return "" if mode.startswith("container:") else mode


def _ports(container: "Container") -> "Document":
    """Published ports, and null for those only exposed; nothing while the container does not run."""
    if not container.has_process:
        return {}
    exposed: "Document" = dict.fromkeys(container.config["config"]["ExposedPorts"] or ())
    ports = {**exposed, **(container.network.get("Ports") or {})}
    return {key: ports[key] for key in sorted(ports)}


def image_document(home: "Home", image: "Image") -> "Document":
    """All there is to know of *image*."""
    config = image_config(home, image)
    rootfs = config.get("rootfs") or {}
    return {
        "Id": image.id,
        "RepoTags": [split_canonical(name).familiar for name in image.names],
        "RepoDigests": [split_canonical(name).familiar for name in image.repo_digests],
        "Parent": "",
        "Comment": _comment(config),
        "Created": image.created or NEVER,
        "DockerVersion": str(config.get("docker_version") or ""),
        "Author": str(config.get("author") or ""),
        "Config": {**_CONFIG, "Labels": None, **_settings(config)},
        "Architecture": image.architecture,
        **({"Variant": image.variant} if image.variant else {}),
        "Os": image.os,
        "Size": image.size,
        "VirtualSize": image.size,
        "GraphDriver": _image_driver(home, image),
        "RootFS": {"Type": "layers", "Layers": list(rootfs.get("diff_ids") or ())},
        "Metadata": {"LastTagTime": NEVER},
    }


def _settings(config: "Document") -> "Document":
    settings = config.get("config") or {}
    return settings if isinstance(settings, dict) else {}


def _comment(config: "Document") -> str:
    """The image's own comment, else that of its last step."""
    steps = config.get("history") or [{}]
    last = steps[-1] if isinstance(steps, list) and isinstance(steps[-1], dict) else {}
    return str(config.get("comment") or last.get("comment") or "")


def _image_driver(home: "Home", image: "Image") -> "Document":
    upper, *lower = layer_directories(home, image.chain) or [""]
    data = {"LowerDir": ":".join(lower)} if lower else {}
    return {"Data": {**data, "UpperDir": upper}, "Name": driver_name(home)}


def _log_path(container: "Container") -> str:
    log = container.config["host"]["LogConfig"]
    if log["Type"] not in (JSON_FILE, K8S_FILE):
        return ""
    return str(log["Config"].get("path") or f"{container.path}/ctr.log")
