"""What Podman's descriptors of `top` say of a process, read from /proc; see proc(5) and ps(1).

Ids and pids are those inside the container, but for the ones whose names begin with h: the host's.
"""

import os
import time

from pyker.base.units import local_time
from pyker.engine.processes import stat_fields
from pyker.kernel.capabilities import names as names_of
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.kernel.procfs import id_map
from pyker.security.user import names_by_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.kernel.procfs import IdRange
    from pyker.model.container import Container

HEADINGS = {
    "args": "COMMAND",
    "capamb": "AMBIENT CAPS",
    "capbnd": "BOUNDING CAPS",
    "capeff": "EFFECTIVE CAPS",
    "capinh": "INHERITED CAPS",
    "capprm": "PERMITTED CAPS",
    "comm": "COMMAND",
    "etime": "ELAPSED",
    "group": "GROUP",
    "groups": "GROUPS",
    "hgroup": "HGROUP",
    "hgroups": "HGROUPS",
    "hpid": "HPID",
    "huser": "HUSER",
    "label": "LABEL",
    "nice": "NI",
    "pcpu": "%CPU",
    "pgid": "PGID",
    "pid": "PID",
    "ppid": "PPID",
    "rgroup": "RGROUP",
    "rss": "RSS",
    "ruser": "RUSER",
    "seccomp": "SECCOMP",
    "state": "STATE",
    "stime": "STIME",
    "time": "TIME",
    "tty": "TTY",
    "user": "USER",
    "vsz": "VSZ",
}
SHORT = {
    "%C": "pcpu",
    "%G": "group",
    "%P": "ppid",
    "%U": "user",
    "%a": "args",
    "%c": "comm",
    "%g": "rgroup",
    "%n": "nice",
    "%p": "pid",
    "%r": "pgid",
    "%t": "etime",
    "%u": "ruser",
    "%x": "time",
    "%y": "tty",
    "%z": "vsz",
}
_HERTZ = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SECCOMP = {"0": "disabled", "1": "strict", "2": "filter"}
_REAL, _EFFECTIVE = 0, 1  # places in the lines Uid and Gid of /proc/PID/status
# places in /proc/PID/stat, from the state on
_STATE, _TTY, _UTIME, _STIME, _NICE, _START, _VSIZE, _RSS = 0, 4, 11, 12, 16, 19, 20, 21


def describe(container: "Container", pids: "list[int]", wanted: "list[str]") -> "list[list[str]]":
    """A row of cells for each of *pids* that lives, under its headings."""
    root = os.open(f"/proc/{container.pid}/root", CLOEXEC_DIRECTORY)
    try:
        accounts = {kind: names_by_id(root, kind) for kind in ("passwd", "group")}
    finally:
        os.close(root)
    rows = [[HEADINGS[name] for name in wanted]]
    for pid in pids:
        try:
            process = _Process(pid, accounts)
            rows.append([process.cell(name) for name in wanted])
        except (FileNotFoundError, ProcessLookupError, IndexError):
            continue  # it has ended
    return rows


class _Process:
    """One process, seen at one moment."""

    def __init__(self, pid: int, accounts: "dict[str, dict[int, str]]") -> None:
        self._pid = pid
        self._accounts = accounts
        self._stat = stat_fields(pid)
        lines = (line.partition(":") for line in _read(pid, "status").splitlines())
        self._status = {row[0]: row[2].strip() for row in lines}
        self._age = max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - int(self._stat[_START]) / _HERTZ)
        self._spent = (int(self._stat[_UTIME]) + int(self._stat[_STIME])) / _HERTZ

    def cell(self, name: str) -> str:
        """What descriptor *name* says."""
        if name.startswith("cap"):
            return self._capabilities(f"Cap{name[3:].capitalize()}")
        plain: "dict[str, Callable[[], str]]" = {
            "args": self._arguments,
            "comm": lambda: self._status["Name"],
            "etime": lambda: _duration(self._age),
            "hpid": lambda: str(self._pid),
            "label": self._label,
            "nice": lambda: self._stat[_NICE].decode(),
            "pcpu": lambda: f"{100 * self._spent / self._age if self._age else 0:.3f}",
            "pgid": lambda: self._status["NSpgid"].split()[-1],
            "pid": lambda: self._status["NSpid"].split()[-1],
            "ppid": self._parent,
            "rss": lambda: str(int(self._stat[_RSS]) * _PAGE // 1024),
            "seccomp": lambda: _SECCOMP.get(self._status.get("Seccomp", ""), "?"),
            "state": lambda: self._stat[_STATE].decode(),
            "stime": lambda: local_time(time.time() - self._age),
            "time": lambda: _duration(self._spent),
            "tty": self._terminal,
            "vsz": lambda: str(int(self._stat[_VSIZE]) // 1024),
        }
        return plain[name]() if name in plain else self._account(name)

    def _arguments(self) -> str:
        return " ".join(_read(self._pid, "cmdline").rstrip("\0").split("\0")) or f"[{self._status['Name']}]"

    def _capabilities(self, key: str) -> str:
        found = names_of(int(self._status[key], 16))
        return ",".join(name.removeprefix("CAP_") for name in found) or "none"

    def _label(self) -> str:
        try:
            return _read(self._pid, "attr/current").strip("\0\n") or "?"
        except OSError:
            return "?"

    def _parent(self) -> str:
        """The parent's pid inside, 0 when it is outside."""
        depth = len(self._status["NSpid"].split())
        try:
            lines = _read(int(self._status["PPid"]), "status").splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return "0"
        pids = next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
        return pids[-1] if len(pids) == depth else "0"

    def _terminal(self) -> str:
        number = int(self._stat[_TTY])
        major, minor = os.major(number), os.minor(number)
        if not number:
            return "?"
        return f"pts/{minor + 256 * (major - 136)}" if 136 <= major <= 143 else f"tty{minor}"

    def _account(self, name: str) -> str:
        """user, group, groups; r: the real one, h: the host's."""
        kind = name[1:] if name in ("hgroup", "hgroups", "huser", "rgroup", "ruser") else name
        place = _REAL if name[0] == "r" else _EFFECTIVE
        if kind == "groups":
            numbers = self._status["Groups"].split() or [self._status["Gid"].split()[_EFFECTIVE]]
        else:
            numbers = [self._status["Uid" if kind == "user" else "Gid"].split()[place]]
        is_user, is_host = kind == "user", name[0] == "h"
        find = self._host_name if is_host else self._inside_name
        return ",".join(find(int(number), is_user=is_user) for number in numbers)

    def _inside_name(self, number: int, *, is_user: bool) -> str:
        ranges = id_map("uid" if is_user else "gid", self._pid)
        inside = next((_inside(one, number) for one in ranges if _inside(one, number) >= 0), number)
        return self._accounts["passwd" if is_user else "group"].get(inside, str(inside))

    def _host_name(self, number: int, *, is_user: bool) -> str:
        import grp
        import pwd

        try:
            return pwd.getpwuid(number).pw_name if is_user else grp.getgrgid(number).gr_name
        except KeyError:
            return str(number)


def _inside(one: "IdRange", outside: int) -> int:
    """The id in the namespace that is *outside* here, -1 when it is not in this range."""
    return one.inside + outside - one.outside if 0 <= outside - one.outside < one.count else -1


def _read(pid: int, name: str) -> str:
    with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
        return file.read()


def _duration(seconds: float) -> str:
    """Go's words for a duration: 2.41s, 1m3s, 1h0m5.2s."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{rest:.2f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{tail}"
    return f"{minutes}m{tail}" if minutes else tail
