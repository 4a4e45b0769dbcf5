"""What containers use: one reading of the counters of each.

Listing all that run reads only the record of each run, the name that goes with it, and the counters.
"""

import os
import time

from pyker.base.boot import boot_id
from pyker.base.errors import CorruptError
from pyker.base.jsonfile import read
from pyker.base.value import Value
from pyker.cgroup.usage import Usage, text, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home

    Document = dict[str, Any]

_HERTZ = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MACHINE = _PAGE * os.sysconf("SC_PHYS_PAGES")  # bytes of memory there are


class Sample(Value):
    """The figures of one container at one moment; all 0 when it does not run."""

    id: str
    name: str
    asked: str  # the word it was asked by, its id when it was not
    moment: float = 0.0  # seconds since boot; 0 when it does not run
    age: float = 0.0  # seconds since it started
    used: Usage = Usage(limit=0, read=0, written=0)
    received: int = 0
    sent: int = 0


def sample(home: "Home", words: "tuple[str, ...]" = (), *, everything: bool = False) -> "list[Sample]":
    """The figures of the containers that *words* name, else of the running ones, or of all; newest first.

    Raises NotFoundError.
    """
    if not words and not everything:
        return _running(home)
    from pyker.engine.containers import all_containers, find_container

    if words:
        chosen = [(find_container(home, word), word) for word in words]
    else:
        chosen = [(one, one.id) for one in all_containers(home)]
    return [
        _measured(one.run, one.id, one.config, asked)
        if one.is_running and one.run
        else Sample(one.id, one.name, asked)
        for one, asked in chosen
    ]


def _running(home: "Home") -> "list[Sample]":
    boot, found = boot_id(), []
    for identity in _run_ids(home):
        run = _document(home.running("containers", identity, "run.json"))
        if not run.get("pid") or run.get("boot") != boot:
            continue
        config = _document(home.below("containers", identity, "config.json"))
        if not {"created", "name"} <= config.keys():
            continue
        one = _measured(run, identity, config, identity)
        if one.used.pids:
            found.append((config["created"], one))
    found.sort(key=lambda row: row[0], reverse=True)
    return [one for _, one in found]


def _run_ids(home: "Home") -> "list[str]":
    try:
        return os.listdir(home.running("containers"))
    except FileNotFoundError:
        return []


def _document(path: str) -> "Document":
    try:
        document = read(path)
    except (FileNotFoundError, CorruptError):
        return {}
    return document if isinstance(document, dict) else {}


def _measured(run: "Document", identity: str, config: "Document", asked: str) -> Sample:
    pid, paths = run["pid"], run.get("cgroup") or {}
    limited = bool((config.get("host") or {}).get("Memory", True))
    used = usage(paths, _MACHINE, limited=limited) if paths else _used_by_processes(run)
    if used.read is None:
        used = _with_disk(used, _members(paths) if used.pids > 1 else [pid])
    mode = (run.get("network") or {}).get("Mode")
    received, sent = (0, 0) if mode in ("none", "host") else _network(pid)
    moment = time.clock_gettime(time.CLOCK_BOOTTIME)
    age = max(0.0, moment - run["started"] / _HERTZ)
    return Sample(identity, str(config["name"]), asked, moment, age, used, received, sent)


def _network(pid: int) -> "tuple[int, int]":
    """Bytes received and sent by the interfaces in the network namespace of *pid*, loopback left out."""
    rows = [row.partition(":") for row in text(f"/proc/{pid}/net/dev").splitlines()[2:]]
    figures = [row[2].split() for row in rows if row[0].strip() != "lo"]
    return sum(int(row[0]) for row in figures), sum(int(row[8]) for row in figures)


def _members(paths: "dict[str, str]") -> "list[str]":
    place = next((paths[name] for name in ("", "pids", "memory") if name in paths), "")
    return [pid for pid in text(f"{place}/cgroup.procs").split() if pid != "0"]


def _with_disk(used: Usage, pids: "list[str]") -> Usage:
    """*used* with the bytes read and written by those who live, where no control group counts them."""
    words = [text(f"/proc/{pid}/io").split() for pid in pids]
    found = [
        sum(int(row[row.index(key) + 1]) for row in words if key in row)
        for key in ("read_bytes:", "write_bytes:")
    ]
    return Usage(used.cpu, used.memory, used.limit, used.pids, *found)


def _used_by_processes(run: "Document") -> Usage:
    """A user's container has no control group here: add up what its processes say of themselves."""
    from pyker.engine.processes import pids_of, stat_fields
    from pyker.model.container import RUNNING, Container

    pids = pids_of(Container("", "", {}, {"Status": RUNNING, "Pid": run["pid"]}, run))
    rows = [fields for pid in pids if (fields := stat_fields(pid))]
    used = Usage(
        cpu=sum(int(field) for row in rows for field in row[11:15]) * (1_000_000_000 // _HERTZ),
        memory=sum(int(row[21]) for row in rows) * _PAGE,
        limit=_MACHINE,
        pids=sum(int(row[17]) for row in rows),
    )
    return _with_disk(used, [str(pid) for pid in pids])
