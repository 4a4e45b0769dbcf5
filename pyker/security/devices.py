"""The device nodes of a container, and which devices its cgroup lets it open."""

import os
import stat

from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# OCI linux.devices. With /dev/pts/ptmx, which devpts makes, these are Docker's seven nodes.
NODES: "tuple[dict[str, Any], ...]" = tuple(
    {
        "path": f"/dev/{name}",
        "type": "c",
        "major": major,
        "minor": minor,
        "fileMode": 0o666,
        "uid": 0,
        "gid": 0,
    }
    for name, major, minor in (
        ("null", 1, 3),
        ("zero", 1, 5),
        ("full", 1, 7),
        ("random", 1, 8),
        ("urandom", 1, 9),
        ("tty", 5, 0),
    )
)

_DENY_ALL = {"allow": False, "access": "rwm"}
_ALLOW_ALL = {"allow": True, "access": "rwm"}
# Making a node is CAP_MKNOD's matter and harmless without opening it, as in Docker.
_ANY_NODE = tuple({"allow": True, "type": kind, "access": "m"} for kind in "cb")
# /dev/console and /dev/ptmx, and the terminals of devpts
_TERMINALS = ((5, 1), (5, 2), (136, None))


def rules(extra: "tuple[dict[str, Any], ...]" = (), *, privileged: bool = False) -> "list[dict[str, Any]]":
    """OCI linux.resources.devices: deny everything, then allow the default nodes and *extra* rules."""
    if privileged:
        return [_ALLOW_ALL]
    numbers = [(node["major"], node["minor"]) for node in NODES]
    allowed = [_allow(major, minor) for major, minor in (*numbers, *_TERMINALS)]
    return [_DENY_ALL, *_ANY_NODE, *allowed, *extra]


def _allow(major: int, minor: "int | None") -> "dict[str, Any]":
    rule: dict[str, Any] = {"allow": True, "type": "c", "major": major, "access": "rwm"}
    if minor is not None:
        rule["minor"] = minor
    return rule


def host_nodes() -> "list[dict[str, Any]]":
    """Every device node of the host, terminals apart: what a privileged container gets."""
    found = []
    for folder, folders, files in os.walk("/dev"):
        if folder == "/dev":
            folders[:] = [name for name in folders if name not in ("pts", "shm", "fd", "mqueue")]
        paths = [f"{folder}/{name}" for name in sorted(files) if not os.path.islink(f"{folder}/{name}")]
        found += [node for path in paths if path != "/dev/console" and (node := _node(path, path))]
    return found


def device(text: str) -> "tuple[list[dict[str, Any]], list[dict[str, Any]]]":
    """The OCI nodes and rules for `--device HOST[:CONTAINER[:rwm]]`; a directory gives all nodes in it.

    Raises InvalidError for bad words and for a path that is not a device.
    """
    host, inside, access = _parts(text)
    paths = [host]
    if os.path.isdir(host):
        paths = [os.path.join(folder, name) for folder, _, files in os.walk(host) for name in sorted(files)]
    found = [_node(path, inside + path[len(host) :]) for path in paths]
    nodes = [node for node in found if node]
    if not nodes:
        raise InvalidError(
            f'error gathering device information while adding custom device "{host}": not a device node'
            if os.path.exists(host)
            else f'error gathering device information while adding custom device "{host}": '
            "no such file or directory",
            hint="--device takes /dev/NAME[:/dev/NAME INSIDE[:rwm]]",
        )
    keys = ("type", "major", "minor")
    return nodes, [{"allow": True, **{key: node[key] for key in keys}, "access": access} for node in nodes]


def _parts(text: str) -> "tuple[str, str, str]":
    """(host path, path inside, access) of a --device word."""
    host, *rest = text.split(":")
    if len(rest) == 1 and rest[0] and set(rest[0]) <= set("rwm"):
        rest = ["", rest[0]]
    inside, access, *more = [*rest, "", ""][: max(2, len(rest))]
    access = access or "rwm"
    if more or not host.startswith("/") or set(access) - set("rwm") or (inside and inside[0] != "/"):
        raise InvalidError(f"invalid device specification: {text}", hint="HOST[:CONTAINER[:rwm]]")
    return host, inside or host, access


def _node(path: str, inside: str) -> "dict[str, Any] | None":
    """The OCI node for the host's device at *path*; None when it is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    kind = {stat.S_IFCHR: "c", stat.S_IFBLK: "b"}.get(stat.S_IFMT(status.st_mode))
    if kind is None:
        return None
    major, minor = os.major(status.st_rdev), os.minor(status.st_rdev)
    mode = stat.S_IMODE(status.st_mode)
    node = {"path": inside, "type": kind, "major": major, "minor": minor, "fileMode": mode}
    return {**node, "uid": status.st_uid, "gid": status.st_gid}
