"""What a container needs whose first process is systemd: https://systemd.io/CONTAINER_INTERFACE.

Its own file systems on /run, /tmp and the like, a control group that it may divide, a word in its
environment, and the signal that it ends by.
"""

import os

from pyker.cgroup.group import made_v1
from pyker.mount.rootfs import tmpfs_mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from pyker.cgroup.group import Group
    from pyker.namespaces.maps import Maps

    Document = dict[str, Any]

INITS = ("/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init")
STOP_SIGNAL = "SIGRTMIN+3"
PLACES = ("/run", "/run/lock", "/tmp", "/var/log/journal")  # noqa: S108 - of the container
NAMED = "/sys/fs/cgroup/systemd"  # v1: the tree without a controller that systemd keeps its units in
UNIFIED = "/sys/fs/cgroup/unified"  # hybrid: covered, or systemd would want to keep its units there
DELEGATED = ("", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads")


def is_systemd(word: str, command: str) -> bool:
    """Whether --systemd *word* means that *command* is to be prepared for: "" is "true"."""
    if word in ("always", "false"):
        return word == "always"
    return command in INITS or command.rpartition("/")[2] == "systemd"


def prepare(document: "Document") -> None:
    """Write into the container *document* what its systemd will look for."""
    document["identity"]["systemd"] = True
    config = document["config"]
    config["StopSignal"] = config["StopSignal"] or STOP_SIGNAL
    if not any(variable.startswith("container=") for variable in config["Env"]):
        config["Env"].append("container=pyker")


def systemd_mounts(taken: "Collection[str]") -> "list[Document]":
    """The mounts of a container with systemd, but those at places that are *taken*."""
    mounts = [
        tmpfs_mount(place, ("exec", "mode=1777" if place == "/tmp" else "mode=755"))  # noqa: S108 - as above
        for place in PLACES
        if place not in taken
    ]
    if not os.path.exists("/sys/fs/cgroup/cgroup.controllers") and os.access(NAMED, os.W_OK):
        options = ["nosuid", "noexec", "nodev", "relatime", "rw"]
        mounts.append({"destination": NAMED, "type": "cgroup", "source": "systemd", "options": options})
        if os.path.isdir(UNIFIED):
            mounts.append(tmpfs_mount(UNIFIED, ("ro", "size=4k")))
    return mounts


def open_mount(mounts: "Sequence[Document]") -> None:
    """Let the container write to its control group where that is safe: on v2, where it is one tree."""
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        for mount in mounts:
            if mount["destination"] == "/sys/fs/cgroup":
                mount["options"] = [
                    word.replace("ro", "rw") if word in ("ro", "rro") else word for word in mount["options"]
                ]


def open_group(group: "Group", place: str, maps: "Maps | None") -> None:
    """Let the container divide its *group*: on v1 one more in systemd's tree, on v2 by its root's rights."""
    if "" not in group.paths and os.access(NAMED, os.W_OK):
        made_v1(NAMED, place, "name=systemd", group.paths)
    elif maps and (path := group.paths.get("")):
        for file in DELEGATED:
            os.chown(path + file, *maps.owner(0, 0))
