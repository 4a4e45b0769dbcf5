"""The rare options about identity: kept with a container when it is made, done when it starts.

Nothing here is loaded for a container without any of them.
"""

import os
import stat

from pyker.base.errors import ConflictError, InvalidError
from pyker.base.jsonfile import write_bytes
from pyker.engine.containers import find_container
from pyker.kernel.paths import open_in_root
from pyker.model.environment import merged
from pyker.model.identity import Identity
from pyker.mount.etc import IMAGE_HOSTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.request import RunRequest
    from pyker.security.user import User

    Document = dict[str, Any]

ZONES = "/usr/share/zoneinfo"
LOCAL_TIME = "/etc/localtime"
ACCOUNTS = ("passwd", "passwd_entry", "group_entry", "host_users")
MAX_BYTES = 4 << 20  # of a file of the image that is read


def identity_document(identity: "Identity") -> "Document":
    """What a container's config.json keeps of *identity*."""
    return {
        "umask": identity.umask,
        "time_zone": identity.time_zone,
        "hosts_file": identity.hosts_file,
        "hosts": identity.hosts,
        "hostname_file": identity.hostname_file,
        "init_path": identity.init_path,
        "passwd": identity.passwd,
        "passwd_entry": identity.passwd_entry,
        "group_entry": identity.group_entry,
        "host_users": list(identity.host_users),
        "personality": identity.personality,
        "keep_groups": identity.keep_groups,
    }


def host_part(identity: "Identity", name: str) -> "Document":
    """What Docker's HostConfig says of *identity*, for a container *name*."""
    links = [f"/{other}:/{name}/{alias}" for other, alias in identity.links]
    return {"Links": links or None, "AutoRemoveImage": identity.remove_image}


def variables_of(
    identity: "Identity", variables: "dict[str, str]", least: "dict[str, str]"
) -> "dict[str, str]":
    """The image's *variables* with some left out, perhaps all but *least*, and some made of others."""
    kept = least if identity.unset_all else variables
    return merged({name: kept[name] for name in kept if name not in identity.unset}, identity.merged)


def check_links(home: "Home", identity: "Identity") -> None:
    """Raise NotFoundError for a link to a container that does not exist."""
    for name, _ in identity.links:
        find_container(home, name)


def link_lines(home: "Home", container: "Container") -> "list[str]":
    """The lines of /etc/hosts for the containers that *container* is linked to.

    Raises ConflictError for one that does not run or has no address that this container could reach.
    """
    lines = []
    for link in container.config["host"].get("Links") or ():
        name, _, inside = link.partition(":")
        alias = inside.rpartition("/")[2]
        other = find_container(home, name.lstrip("/"))
        address = other.network.get("IPAddress") if other.has_process else ""
        if not address:
            why = "it has no address" if other.has_process else "it does not run"
            raise ConflictError(f"cannot link to container {other.name} as {alias}: {why}", code=125)
        names = dict.fromkeys((alias, other.config["config"]["Hostname"], other.name))
        lines.append(f"{address}\t{' '.join(names)}")
    return lines


def complete(home: "Home", request: "RunRequest", document: "Document", lowers: "list[str]") -> None:
    """Settle what the new container *document* says of identity; its image is *lowers*, topmost first."""
    identity = request.identity or Identity()
    document.setdefault("identity", identity_document(identity))
    if (
        identity.userns
        or identity.uid_map
        or identity.gid_map
        or identity.subuid_name
        or identity.subgid_name
    ):
        from pyker.engine.userns import give_ids

        give_ids(home, identity, document, lowers, named=bool(request.user))
    from pyker.engine.systemd import is_systemd, prepare

    if is_systemd(identity.systemd, document["path"]):
        prepare(document)


def identity_mounts(container: "Container", root: int, user: "User") -> "list[Document]":
    """The files of /etc that *container* asks for, and what systemd needs, as OCI mounts.

    Its image is open at *root*, its user is *user*.
    """
    identity = container.config["identity"]
    if identity["hosts_file"] == "image":
        write_bytes(f"{container.path}/{IMAGE_HOSTS}", read_in(root, "/etc/hosts"), durable=False)
    mounts = []
    if zone := identity["time_zone"]:
        with open(LOCAL_TIME if zone == "local" else f"{ZONES}/{zone}", "rb") as file:
            mounts.append(shown(container, LOCAL_TIME, file.read(MAX_BYTES)))
    if any(identity[key] for key in ACCOUNTS) or identity.get("kept"):
        from pyker.engine.accounts import account_mounts

        mounts += account_mounts(container, root, user)
    if identity.get("systemd"):
        from pyker.engine.systemd import systemd_mounts

        taken = {mount["Destination"] for mount in container.config["mounts"]}
        mounts += systemd_mounts({*taken, *(container.config["host"]["Tmpfs"] or ())})
    return mounts


def shown(container: "Container", destination: str, content: bytes) -> "Document":
    """*content* as a file of *container*'s own directory, bound at *destination*."""
    path = f"{container.path}/{destination.rpartition('/')[2]}"
    write_bytes(path, content, durable=False)
    os.chmod(path, 0o644)
    access = "ro" if container.config["host"]["ReadonlyRootfs"] else "rw"
    options = ["bind", "rprivate", "nosuid", "noexec", "nodev", access]
    return {"destination": destination, "type": "bind", "source": path, "options": options}


def read_in(root: int, path: str) -> bytes:
    """What *path* of the image at *root* says, "" when it is not there; InvalidError when no plain file."""
    try:
        descriptor = open_in_root(root, path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise InvalidError(f"{path} of the image is no regular file of at most {MAX_BYTES} bytes")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(descriptor)
