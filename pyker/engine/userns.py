"""The user namespace of a container: its ids are settled when it is made and used whenever it starts."""

import os

from pyker.base.errors import ConflictError, InvalidError
from pyker.engine.containers import all_containers, find_container
from pyker.engine.identity import read_in
from pyker.kernel.namespaces import NEWUSER, setns
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.kernel.procfs import id_map
from pyker.namespaces.maps import Maps
from pyker.namespaces.modes import (
    LEAST,
    check_overlap,
    free_range,
    from_ranges,
    keep_id,
    overlaid,
    parse_row,
    resolve,
)
from pyker.namespaces.userns import SubidRange, subid_ranges, user_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.identity import Identity
    from pyker.namespaces.maps import Rows

    Document = dict[str, Any]

OWNERS = "containers"  # whose range in /etc/subuid is root's for mode auto, as Podman has it


def give_ids(
    home: "Home", identity: "Identity", document: "Document", lowers: "list[str]", *, named: bool
) -> None:
    """Write the ids that *identity* asks for into the container *document*, whose image is *lowers*.

    Mode keep-id also makes the user the container's, unless one was *named*.

    Raises InvalidError or ConflictError when they cannot be had. Mode auto needs a lock around it and
    what puts the document in its place.
    """
    maps = _maps(home, identity, document, lowers)
    if not named and (kept := document["identity"].get("kept")):
        document["config"]["User"] = f"{kept['uid']}:{kept['gid']}"
    document["host"]["UsernsMode"] = identity.userns or ("private" if maps else "")
    if maps is None:
        return
    check_overlap(maps)
    document["identity"]["id_maps"] = maps.document()
    document["host"]["IDMappings"] = {
        "UidMap": [":".join(map(str, row)) for row in maps.uids],
        "GidMap": [":".join(map(str, row)) for row in maps.gids],
    }


def _maps(home: "Home", identity: "Identity", document: "Document", lowers: "list[str]") -> "Maps | None":
    mode, _, rest = identity.userns.partition(":")
    if mode in ("keep-id", "nomap") and not home.rootless:
        raise InvalidError(
            f"--userns={mode} is for ordinary users: root has no id to keep out or in",
            hint="as root, use --userns=auto or --uidmap",
            code=125,
        )
    if mode == "keep-id":
        return _keep_id(rest, document)
    if mode == "nomap":
        return Maps(*(((0, 1, _lent(kind)),) for kind in ("uid", "gid")))
    if mode == "auto":
        return _auto(home, rest, document, lowers)
    if mode == "container":
        return maps_of(find_container(home, rest))
    return _explicit(home, identity)


def _lent(kind: str) -> int:
    """How many ids beside its own this user has. InvalidError when none: then there is nothing to map."""
    count = sum(one.count for one in id_map(kind) if one.inside > 0)
    if not count:
        raise InvalidError(
            f"this user has no {kind}s to map", hint=f"have a range put into /etc/sub{kind}", code=125
        )
    return count


def _keep_id(words: str, document: "Document") -> Maps:
    """The user's own ids stay the same inside, and are the container's user unless another was named."""
    asked = dict(word.split("=") for word in words.split(",") if word)
    own = {kind: next(one.outside for one in id_map(kind) if one.inside == 0) for kind in ("uid", "gid")}
    ids = {kind: int(asked.get(kind, own[kind])) for kind in own}
    document["identity"]["kept"] = {**ids, "name": user_name(own["uid"]), "group": _group_name(own["gid"])}
    return Maps(*(keep_id(ids[kind], _lent(kind)) for kind in ("uid", "gid")))


def _group_name(gid: int) -> str:
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _explicit(home: "Home", identity: "Identity") -> "Maps | None":
    """--uidmap and --gidmap, or the ranges of a name; one alone counts for both."""
    own = {kind: _own(home, kind) for kind in ("uid", "gid")}
    rows = {
        "uid": resolve(identity.uid_map, own["uid"]) or _named(home, identity.subuid_name, "uid"),
        "gid": resolve(identity.gid_map, own["gid"]) or _named(home, identity.subgid_name, "gid"),
    }
    if not rows["uid"] and not rows["gid"]:
        return None
    rows["uid"] = (
        rows["uid"] or resolve(identity.gid_map, own["uid"]) or _named(home, identity.subgid_name, "uid")
    )
    rows["gid"] = (
        rows["gid"] or resolve(identity.uid_map, own["gid"]) or _named(home, identity.subuid_name, "gid")
    )
    for kind in rows:
        if not any(inside == 0 for inside, _, _ in rows[kind]):
            raise InvalidError(f"--{kind}map must map id 0 of the container", code=125)
    return Maps(rows["uid"], rows["gid"])


def _own(home: "Home", kind: str) -> "Rows":
    """The ids of our own user namespace; for root those of the machine."""
    if not home.rootless:
        return ((0, 0, (1 << 32) - 1),)
    return tuple((one.inside, one.outside, one.count) for one in id_map(kind))


def _named(home: "Home", name: str, kind: str) -> "Rows":
    if not name:
        return ()
    ranges = subid_ranges(name, kind=kind)
    if not ranges:
        raise InvalidError(f'no sub{kind} ranges found for user "{name}" in /etc/sub{kind}', code=125)
    return resolve(((row[0], f"@{row[1]}", row[2]) for row in from_ranges(ranges)), _own(home, kind))


def _auto(home: "Home", words: str, document: "Document", lowers: "list[str]") -> Maps:
    """Ids that no other container of mode auto has, as many as the image needs."""
    asked = [word.partition("=")[::2] for word in words.split(",") if word]
    sizes = [int(value) for key, value in asked if key == "size"]
    size = sizes[-1] if sizes else _needed(document, lowers)
    if size < 1:
        raise InvalidError("--userns=auto:size=0: a container needs one id at least", code=125)
    taken = list(_taken(home))
    rows = {}
    for kind in ("uid", "gid"):
        first = free_range([(row[0], row[1]) for row in taken], _pool(home, kind), size)
        pinned = [parse_row(value) for key, value in asked if key == f"{kind}mapping"]
        rows[kind] = overlaid(((0, first, size),), resolve(pinned, _own(home, kind)))
    return Maps(rows["uid"], rows["gid"])


def _pool(home: "Home", kind: str) -> "tuple[SubidRange, ...]":
    if home.rootless:
        return (SubidRange(1, _lent(kind)),)
    ranges = subid_ranges(OWNERS, kind=kind)
    if not ranges:
        raise InvalidError(
            f'cannot find ids for user "{OWNERS}": no range for it in /etc/sub{kind}',
            hint=f"lend it some: echo {OWNERS}:2147483647:2147483648 >> /etc/sub{kind}",
            code=125,
        )
    return ranges


def _taken(home: "Home") -> "Iterable[tuple[int, int]]":
    """(first, count) of every row of the containers there are."""
    for container in all_containers(home):
        if maps := maps_of(container):
            for _, other, count in (*maps.uids, *maps.gids):
                yield other, count


def _needed(document: "Document", lowers: "list[str]") -> int:
    """One more than the highest id in the image's own lists, nobody's left out; LEAST at least."""
    highest = LEAST - 1
    for name in ("passwd", "group"):
        for line in _topmost(lowers, f"/etc/{name}").split(b"\n"):
            parts = line.split(b":")
            if len(parts) > 3 and parts[0] not in (b"nobody", b"nogroup"):
                ids = parts[2:4] if name == "passwd" else parts[2:3]
                highest = max(highest, *(int(word) for word in ids if word.isdigit() and len(word) < 10), 0)
    asked = [int(word) for word in str(document["config"]["User"]).split(":") if word.isdecimal()]
    return max(highest, *asked, 0) + 1


def _topmost(lowers: "list[str]", path: str) -> bytes:
    """What the first of *lowers* (topmost first) that has *path* says."""
    for lower in lowers:
        root = os.open(lower, CLOEXEC_DIRECTORY)
        try:
            if content := read_in(root, path):
                return content
        finally:
            os.close(root)
    return b""


def maps_of(container: "Container") -> "Maps | None":
    """The maps that *container* was given when it was made; None for one without a user namespace."""
    document = (container.config.get("identity") or {}).get("id_maps")
    return Maps.of(document) if document else None


def namespace_of(home: "Home", host: "Document") -> str:
    """The user namespace that a container with HostConfig *host* joins, as a path, "" for one of its own."""
    mode, _, rest = str(host.get("UsernsMode") or "").partition(":")
    if mode == "ns":
        return rest
    if mode != "container":
        return ""
    other = find_container(home, rest)
    if not other.has_process:
        raise ConflictError(f"cannot join user namespace of a non running container: {rest}", code=125)
    return f"/proc/{other.pid}/ns/user"


def current_maps(home: "Home", container: "Container") -> "Maps | None":
    """The ids of *container* at this start; those of a namespace given by path are looked up in it."""
    host = container.config["host"]
    if str(host.get("UsernsMode") or "").startswith("ns:"):
        return _maps_at(namespace_of(home, host))
    return maps_of(container)


def _maps_at(path: str) -> Maps:
    """The maps of the user namespace at *path*, seen from ours: those of a process that lives there."""
    ready, began = os.pipe2(os.O_CLOEXEC)
    hold, end = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _live_at(path, began, (hold, end))
    os.close(began)
    try:
        if not os.read(ready, 1):
            raise InvalidError(
                f"cannot join the user namespace {path}", hint="is it one, and yours?", code=125
            )
        rows = [
            tuple((one.inside, one.outside, one.count) for one in id_map(kind, pid))
            for kind in ("uid", "gid")
        ]
        return Maps(*rows)
    finally:
        for descriptor in (ready, hold, end):
            os.close(descriptor)
        os.waitpid(pid, 0)


def _live_at(path: str, began: int, hold: "tuple[int, int]") -> None:
    try:
        with open(path, "rb") as file:
            setns(file.fileno(), NEWUSER)
        os.close(hold[1])
        os.write(began, b"x")
        os.read(hold[0], 1)
    finally:
        os._exit(0)
