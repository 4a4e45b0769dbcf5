"""What planning a start needs to know: looked up here, by the supervisor, with the root mounted."""

import os

from pyker.base.errors import ConflictError, InvalidError
from pyker.engine.containers import find_container
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.model.port import PortMapping
from pyker.mount.etc import etc_mounts
from pyker.mount.rootfs import default_mounts, filesystem_mount, tmpfs_mount
from pyker.mount.volumes import give_volumes, volume_mounts
from pyker.namespaces.userns import require_ids
from pyker.runtime.plan import INIT, Facts, security_options
from pyker.security import devices
from pyker.security.capabilities import available, resolve
from pyker.security.paths import masked
from pyker.security.profile import seccomp_section
from pyker.security.user import lookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps
    from pyker.security.user import User

INITS = tuple(f"/usr/{name}" for name in ("bin/tini-static", "bin/catatonit", "bin/docker-init"))


def gather_facts(
    home: "Home",
    container: "Container",
    path: str,
    warn: "Callable[[str], None]",
    maps: "Maps | None" = None,
) -> Facts:
    """The facts of *container* on this machine; its root is mounted at *path*, its ids are *maps*.

    Raises NotFoundError for a user or device that is not there, InvalidError for words that contradict.
    """
    host = container.config["host"]
    root = os.open(path, CLOEXEC_DIRECTORY)
    try:
        user = lookup(root, _user(container), host["GroupAdd"] or ())
        if home.rootless or maps:
            require_ids(user.uid, user.gid, maps)
        names = resolve(host["CapAdd"] or (), host["CapDrop"] or (), host["Privileged"], available())
        namespaces = _namespaces(home, host)
        nodes, rules = _devices(host)
        more = _more_resources(host, warn)
        owner = maps.owner if maps else None
        volumes = volume_mounts(home, root, container.config["mounts"], warn, owner and owner(0, 0))
        give_volumes(container.config["mounts"], *(owner or _same)(user.uid, user.gid))
        own = [*_identity_mounts(container, root, user), *_secret_mounts(container, maps)]
        confined = home.rootless or maps is not None
        mounts = _mounts(home, container, namespaces, [*volumes, *own], confined=confined)
        _give_filesystems(mounts, user)
        if maps:
            _give_files(container, maps)
        return Facts(
            root=path,
            user=user,
            capabilities=names,
            seccomp=_seccomp(container.config, names),
            masked=masked(),
            mounts=tuple(mounts),
            devices=nodes,
            device_rules=(*rules, *more.pop("devices", ())),
            cgroup=_group_place(host, container.id),
            more_resources=more,
            namespaces=namespaces,
            rootless=confined,
            maps=maps,
            init=bool(host["Init"]),
            last_gid=_last_gid(home, maps),
        )
    finally:
        os.close(root)


def _give_filesystems(mounts: "list[dict[str, Any]]", user: "User") -> None:
    """Give the new file systems that ask for it, by the option "U", to the container's user."""
    for mount in mounts:
        if "U" in mount["options"]:
            words = [word for word in mount["options"] if word != "U"]
            mount["options"] = [*words, f"uid={user.uid}", f"gid={user.gid}"]


def _same(uid: int, gid: int) -> "tuple[int, int]":
    return uid, gid


def _last_gid(home: "Home", maps: "Maps | None") -> int:
    """The last of the group ids that follow each other from 0 on."""
    if maps is None:
        return 0 if home.rootless else 2147483647
    from pyker.namespaces.maps import last_of_first

    return min(last_of_first(maps.gids), 2147483647)


def _give_files(container: "Container", maps: "Maps") -> None:
    """Give the files that stand for those of /etc to the container's root."""
    for name in ("resolv.conf", "hostname", "hosts", "localtime", "passwd", "group"):
        try:
            os.chown(f"{container.path}/{name}", *maps.owner(0, 0), follow_symlinks=False)
        except FileNotFoundError:
            continue


def _seccomp(document: "dict[str, Any]", names: "tuple[str, ...]") -> "dict[str, Any] | None":
    host = document["host"]
    option = security_options(host).get("seccomp", "")
    if host["Privileged"] and not option:
        return None
    return seccomp_section(option, names, document["architecture"])


def _namespaces(home: "Home", host: "dict[str, Any]") -> "dict[str, str]":
    """Kind -> "" for a new one, or the path of another container's; the host's are left out."""
    modes = {
        "pid": host["PidMode"],
        "uts": host["UTSMode"],
        "ipc": host["IpcMode"],
        "cgroup": host["CgroupnsMode"],
        "network": network_mode(host),
    }
    chosen = {"mount": ""}
    if host.get("IDMappings") or str(host.get("UsernsMode")).startswith("ns:"):
        from pyker.engine.userns import namespace_of

        chosen = {"user": namespace_of(home, host), **chosen}
    for kind, mode in modes.items():
        if mode == "host":
            continue
        chosen[kind] = _namespace_of(home, kind, mode) if mode.startswith("container:") else ""
    return chosen


def shared_memory(namespaces: "dict[str, str]") -> str:
    """The shared memory of the container whose IPC namespace is joined, "" for one's own or the host's."""
    joined = namespaces.get("ipc", "").removesuffix("/ns/ipc")
    return f"{joined}/root/dev/shm" if joined else ""


def _namespace_of(home: "Home", kind: str, mode: str) -> str:
    text = mode.partition(":")[2]
    other = find_container(home, text)
    if not other.has_process:
        raise ConflictError(f"cannot join {kind} of a non running container: {text}", code=125)
    name = {"network": "net"}.get(kind, kind)
    return f"/proc/{other.pid}/ns/{name}"


def network_mode(host: "dict[str, Any]") -> str:
    """The network of a container: a mode of pyker.network, or container:ID."""
    mode = str(host["NetworkMode"])
    return "" if mode == "default" else mode


def _network_owner(home: "Home", host: "dict[str, Any]") -> str:
    """The directory of the container whose network is joined, "" for a network of one's own."""
    mode = host["NetworkMode"]
    return find_container(home, mode.partition(":")[2]).path if mode.startswith("container:") else ""


def port_mappings(document: "dict[str, Any]") -> "tuple[PortMapping, ...]":
    """The ports to publish; with -P every exposed one that has no binding gets a free port."""
    host = document["host"]
    mappings = []
    for key, bindings in (host["PortBindings"] or {}).items():
        number, _, protocol = key.partition("/")
        for binding in bindings:
            port = int(binding["HostPort"] or 0)
            mappings.append(PortMapping(int(number), binding["HostIp"], port, protocol))
    if host["PublishAllPorts"]:
        for key in document["config"]["ExposedPorts"]:
            number, _, protocol = key.partition("/")
            if key not in host["PortBindings"]:
                mappings.append(PortMapping(int(number), "", 0, protocol or "tcp"))
    return tuple(mappings)


def _group_place(host: "dict[str, Any]", identity: str) -> str:
    if "CgroupParent" not in host:
        return f"pyker/{identity}"
    from pyker.engine.rare_limits import group_place

    return group_place(host, identity)


def _more_resources(host: "dict[str, Any]", warn: "Callable[[str], None]") -> "dict[str, Any]":
    if "CgroupParent" not in host:
        return {}
    from pyker.engine.rare_limits import rare_resources

    return rare_resources(host, warn)


def _devices(host: "dict[str, Any]") -> "tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]":
    """OCI nodes and cgroup rules of --device; a privileged container gets every node of the host."""
    nodes: list[dict[str, Any]] = []
    rules: list[dict[str, Any]] = []
    for asked in host["Devices"] or ():
        text = f"{asked['PathOnHost']}:{asked['PathInContainer']}:{asked['CgroupPermissions']}"
        more, allowed = devices.device(text)
        nodes.extend(more)
        rules.extend(allowed)
    if host["Privileged"]:
        nodes.extend(devices.host_nodes())
    return tuple(nodes), tuple(rules)


def _mounts(
    home: "Home",
    container: "Container",
    namespaces: "dict[str, str]",
    volumes: "list[dict[str, Any]]",
    *,
    confined: bool,
) -> "list[dict[str, Any]]":
    """The kernel's file systems, the generated files of /etc, then what was asked for, parents first."""
    host = container.config["host"]
    shared = frozenset(kind for kind in ("pid", "network", "ipc", "cgroup") if kind not in namespaces)
    asked = [tmpfs_mount(target, _words(options)) for target, options in (host["Tmpfs"] or {}).items()]
    asked += [filesystem_mount(*each) for each in container.config.get("filesystems", ())]
    asked += volumes
    taken = {mount["destination"].rstrip("/") for mount in asked}
    standard = default_mounts(
        shm_size=host["ShmSize"],
        privileged=host["Privileged"],
        rootless=confined,
        host_namespaces=shared,
        shm_source=shared_memory(namespaces),
    )
    if (container.config.get("identity") or {}).get("systemd"):
        from pyker.engine.systemd import open_mount

        open_mount(standard)
    files = etc_mounts(
        container.path,
        container.config,
        rootless=home.rootless,
        shared_with=_network_owner(home, host),
    )
    generated = [mount for mount in files if mount["destination"] not in taken]
    mounts = [mount for mount in standard if mount["destination"] not in taken]
    mounts += sorted([*generated, *asked], key=lambda mount: mount["destination"].rstrip("/").count("/"))
    if host["Init"]:
        mounts.append(_init_mount((container.config.get("identity") or {}).get("init_path", "")))
    return mounts


def _user(container: "Container") -> str:
    if not (container.config.get("identity") or {}).get("host_users"):
        return str(container.config["config"]["User"])
    from pyker.engine.accounts import wanted_user

    return wanted_user(container.config)


def _secret_mounts(container: "Container", maps: "Maps | None") -> "list[dict[str, Any]]":
    if not container.config.get("secrets"):
        return []
    from pyker.engine.secret_use import secret_mounts

    return secret_mounts(container, maps)


def _identity_mounts(container: "Container", root: int, user: "User") -> "list[dict[str, Any]]":
    if not container.config.get("identity"):
        return []
    from pyker.engine.identity import identity_mounts

    return identity_mounts(container, root, user)


def _words(options: str) -> "tuple[str, ...]":
    return tuple(word for word in options.split(",") if word)


def _init_mount(wanted: str) -> "dict[str, Any]":
    for path in (wanted,) if wanted else INITS:
        if os.path.exists(path):
            options = ["bind", "ro", "rprivate"]
            return {"destination": INIT, "type": "bind", "source": path, "options": options}
    raise InvalidError(
        f"no init program found for --init{wanted and ' at '}{wanted}",
        hint="install one: apt-get install tini",
        code=125,
    )
