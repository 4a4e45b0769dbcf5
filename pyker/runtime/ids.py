"""What the parent does for a child in a user namespace: its ids, and what needs the parent's own rights."""

import errno
import os
import stat

from pyker.base.errors import PykerError
from pyker.kernel.procfs import id_map
from pyker.namespaces.maps import Maps, write_maps
from pyker.runtime.message import MAPPED, say
from pyker.runtime.rights import set_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from typing import Any

    Spec = dict[str, Any]


def maps_of(spec: "Spec") -> Maps:
    """The maps in OCI *spec*; empty where it names none."""
    rows = [
        tuple((row["containerID"], row["hostID"], row["size"]) for row in spec["linux"].get(key) or ())
        for key in ("uidMappings", "gidMappings")
    ]
    return Maps(*rows)


def prepare_ids(spec: "Spec", pid: int, streams: "tuple[int, ...]", end: "_socket.socket") -> None:
    """Make the child *pid* somebody: write its maps, give it its *streams*, limits and score; tell it.

    Raises PykerError for maps that the kernel refuses.
    """
    _limit(spec["process"], pid)
    joined = any(item["type"] == "user" and item.get("path") for item in spec["linux"]["namespaces"])
    maps = maps_of_process(pid) if joined else maps_of(spec)
    if not joined:
        _write(pid, maps)
    user = spec["process"]["user"]
    give_streams(streams, *maps.owner(user["uid"], user["gid"]))
    if not joined:
        say(end, MAPPED)


def _write(pid: int, maps: Maps) -> None:
    """Write the maps; a user maps its own id by itself, once groups are given up, and more by programs."""
    try:
        if os.geteuid() == 0:
            write_maps(pid, maps)
        elif [row[2] for row in (*maps.uids, *maps.gids)] == [1, 1]:
            with open(f"/proc/{pid}/setgroups", "w", encoding="ascii") as file:
                file.write("deny")
            write_maps(pid, maps)
        else:
            _map_by_programs(pid, maps)
    except OSError as error:
        raise PykerError(
            f"cannot map the ids of the container: {(error.strerror or '').lower()}",
            hint="rows must not overlap, and a user can only give away ids of its own and of /etc/subuid",
            code=125,
        ) from error


def _map_by_programs(pid: int, maps: Maps) -> None:
    """See newuidmap(1)."""
    for program, rows in (("newuidmap", maps.uids), ("newgidmap", maps.gids)):
        words = [str(number) for row in rows for number in row]
        child = os.posix_spawn(f"/usr/bin/{program}", [program, str(pid), *words], {})
        if os.waitpid(child, 0)[1]:
            raise OSError(errno.EPERM, f"{program} refuses it")


def maps_of_process(pid: int) -> Maps:
    """The ids of the user namespace that *pid* lives in, as seen from ours."""
    uids, gids = (
        tuple((one.inside, one.outside, one.count) for one in id_map(kind, pid)) for kind in ("uid", "gid")
    )
    return Maps(uids, gids)


def give_streams(streams: "tuple[int, ...]", uid: int, gid: int) -> None:
    """Give the pipes among *streams* to an owner outside; the child itself may not, they are not its own.

    A pipe that somebody else handed to this user stays theirs.
    """
    for descriptor in streams:
        if descriptor >= 0 and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            try:
                os.fchown(descriptor, uid, gid)
            except PermissionError:
                continue


def _limit(process: "Spec", pid: int) -> None:
    """Set limits and the out-of-memory score: raising the one and lowering the other is the host's right."""
    for limit in process.get("rlimits") or ():
        set_limit(pid, limit)
    if (score := process.get("oomScoreAdj")) is not None:
        try:
            with open(f"/proc/{pid}/oom_score_adj", "w", encoding="ascii") as file:
                file.write(str(score))
        except PermissionError:  # a user's: it keeps what it inherited
            return
