"""A living control group: enter, freeze, kill, count, remove; `group.py` makes it.

On v1 a group is a directory in the tree of each controller that it needs, on v2 one directory.
"""

import errno
import os
import time

from pyker.base.value import Value
from pyker.cgroup import scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

PATIENCE = 5.0  # seconds for the kernel to freeze or to let go of dead processes
SIGKILL = 9
UNIFIED = ""  # the "controller" whose directory is in the v2 tree

# v1 controllers whose cgroup.procs can be read for "who is in here", best first
_V1_MEMBERS = ("freezer", "pids", "memory", "devices")


class Group(Value):
    """The directories of one group, by controller; empty when control groups could not be had."""

    paths: "dict[str, str]" = {}  # noqa: RUF012 - a Value is frozen

    @classmethod
    def from_paths(cls, paths: "dict[str, str]") -> "Group":
        """The group that was recorded as *paths*."""
        return cls(dict(paths))

    @property
    def _directories(self) -> "list[str]":
        return list(dict.fromkeys(self.paths.values()))

    @property
    def _members(self) -> str:
        """The directory that tells who is in the group; empty when there is none."""
        if UNIFIED in self.paths:
            return self.paths[UNIFIED]
        return next((self.paths[name] for name in _V1_MEMBERS if name in self.paths), "")

    def enter(self) -> None:
        """Move the calling process, which must have one thread, into the group.

        On v1 a thread that moves itself ("0" into `tasks`) needs no grace period of the kernel; moving
        another process costs about 7 ms. Raises OSError.
        """
        if UNIFIED in self.paths:
            self._move_unified(0)
        else:
            for path in self._directories:
                _write(f"{path}/tasks", b"0")

    def add(self, pid: int) -> None:
        """Move process *pid*, with all its threads, into the group; OSError as write(2)."""
        if UNIFIED in self.paths:
            self._move_unified(pid)
        else:
            for path in self._directories:
                _write(f"{path}/cgroup.procs", b"%d" % pid)

    def _move_unified(self, pid: int) -> None:
        """Move *pid* (0: this process), by way of a scope when it is outside of what is delegated."""
        path = f"{self.paths[UNIFIED]}/cgroup.procs"
        try:
            _write(path, b"%d" % pid)
        except PermissionError:
            scope.move(pid)
            _write(path, b"%d" % pid)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            self._move_below(pid)

    def _move_below(self, pid: int) -> None:
        """Move *pid* to where a container with a divided group keeps its first process, as systemd.

        A divided group takes no process itself. See "No internal processes" in cgroups(7).
        """
        top, *below = _below(self.paths[UNIFIED])
        below.sort(key=lambda path: path != f"{top}/init.scope")
        for path in below:
            if _read_pids(f"{path}/cgroup.procs"):
                _write(f"{path}/cgroup.procs", b"%d" % pid)
                return
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), top)

    def pids(self) -> "list[int]":
        """The processes in the group and in groups below it, as this process sees them."""
        return [pid for path in _below(self._members) for pid in _read_pids(f"{path}/cgroup.procs")]

    def freeze(self, frozen: bool) -> None:  # noqa: FBT001 - there is nothing else to say
        """Stop every process of the group where it stands, or let all go on; back when it is done.

        Raises OSError when there is no freezer, or ETIMEDOUT when the kernel does not get there.
        """
        if UNIFIED in self.paths:
            path = self.paths[UNIFIED]
            _write(f"{path}/cgroup.freeze", b"1" if frozen else b"0")
            _wait(lambda: f"frozen {int(frozen)}\n" in _read(f"{path}/cgroup.events"), path)
        elif "freezer" in self.paths:
            path = self.paths["freezer"]
            wanted = "FROZEN" if frozen else "THAWED"
            _wait(lambda: _pushed(path, wanted), path)
        else:
            raise OSError(errno.EOPNOTSUPP, "no freezer control group for this container")

    def frozen(self) -> bool:
        """Whether the group is frozen."""
        if UNIFIED in self.paths:
            return "frozen 1\n" in _read(f"{self.paths[UNIFIED]}/cgroup.events")
        return "freezer" in self.paths and _read(f"{self.paths['freezer']}/freezer.state") != "THAWED\n"

    def kill(self, signal: int = SIGKILL) -> None:
        """Send *signal* to every process of the group; SIGKILL reaches those being forked meanwhile, too."""
        if signal != SIGKILL:
            self._signal_all(signal)
        elif UNIFIED in self.paths and _try_write(f"{self.paths[UNIFIED]}/cgroup.kill", b"1"):
            return
        else:
            self._kill_held()

    def _kill_held(self) -> None:
        """Kill everything while it is held still, so that nothing can fork out of the list just read."""
        try:
            self.freeze(True)
        except OSError:
            pass  # no freezer, or somebody in disk sleep: two rounds reach all but a fork bomb
        try:
            self._signal_all(SIGKILL)
        finally:
            try:
                self.freeze(False)
            except OSError:
                pass
        self._signal_all(SIGKILL)

    def _signal_all(self, signal: int) -> None:
        for pid in self.pids():
            try:
                os.kill(pid, signal)
            except ProcessLookupError:
                pass

    def update(self, resources: "dict[str, Any]", warn: "Callable[[str], None]") -> "Group":
        """Give a living group what OCI *resources* say; what they leave out stays. The group it is then.

        It may have more directories than before: record them. As `group.create` for errors and *warn*.
        """
        from pyker.cgroup.update import update

        return update(self, resources, warn)

    def stats(self) -> "dict[str, Any]":
        """What the group uses, in the shape of `runc events --stats`: see `pyker.cgroup.stats`."""
        from pyker.cgroup.stats import stats

        return stats(self.paths)

    def oom_kills(self) -> int:
        """How many processes of the group the kernel killed for want of memory; 0 when it cannot be told."""
        if UNIFIED in self.paths:
            return _counter(_read(f"{self.paths[UNIFIED]}/memory.events"), "oom_kill")
        if "memory" in self.paths:
            return _counter(_read(f"{self.paths['memory']}/memory.oom_control"), "oom_kill")
        return 0

    def remove(self) -> None:
        """Kill what is left and remove the group; already gone is fine.

        Raises OSError (EBUSY) when processes stay in it for longer than five seconds.
        """
        deadline = time.monotonic() + PATIENCE
        pause = 0.0005
        while busy := [path for path in self._directories if not _remove(path)]:
            if time.monotonic() > deadline:
                raise OSError(errno.EBUSY, "processes stay in the control group", busy[0])
            self.kill()
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        for path in self._directories:
            _drop_home(os.path.dirname(path))


def _drop_home(path: str) -> None:
    """Remove the groups' common parent when it belongs to another home than the machine's and is empty."""
    if os.path.basename(path).startswith("pyker-"):
        try:
            os.rmdir(path)
        except OSError:
            pass  # others are in it, or another command was faster


def _remove(path: str) -> bool:
    """Remove the group at *path* and those below it; False while processes are inside."""
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        below = list(_below(path))[1:]
        return bool(below) and all(_remove(child) for child in reversed(below)) and _remove(path)
    return True


def _below(path: str) -> "Iterator[str]":
    """*path* and every group below it, parents first."""
    if path:
        yield path
        try:
            with os.scandir(path) as entries:
                children = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return
        for child in children:
            yield from _below(child)


def _read_pids(path: str) -> "list[int]":
    """The pids in a cgroup.procs file; 0 stands for a process outside our pid namespace."""
    return [int(line) for line in _read(path).split() if line != "0"]


def _read(path: str) -> str:
    """The file's text; empty when it, or its group, is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    try:
        data = b""
        while chunk := os.read(descriptor, 65536):
            data += chunk
    except OSError as error:
        if error.errno != errno.ENODEV:  # removed while open
            raise
    finally:
        os.close(descriptor)
    return data.decode("ascii", "replace")


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, data)
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), path) from None
    finally:
        os.close(descriptor)


def _try_write(path: str, data: bytes) -> bool:
    try:
        _write(path, data)
    except FileNotFoundError:  # before Linux 5.14
        return False
    return True


def _counter(text: str, name: str) -> int:
    rows = (line.split() for line in text.splitlines())
    return next((int(row[1]) for row in rows if len(row) == 2 and row[0] == name), 0)


def _pushed(path: str, state: str) -> bool:
    """Ask again for *state*: a v1 freezer can get stuck half-way until it is asked once more."""
    _write(f"{path}/freezer.state", state.encode())
    return _read(f"{path}/freezer.state") == f"{state}\n"


def _wait(done: "Callable[[], bool]", path: str) -> None:
    deadline = time.monotonic() + PATIENCE
    pause = 0.0002
    while not done():
        if time.monotonic() > deadline:
            raise OSError(errno.ETIMEDOUT, "the control group did not change its state in time", path)
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
