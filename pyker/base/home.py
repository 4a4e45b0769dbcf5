"""Where things live: one set of paths for root, one for each ordinary user."""

import os
import stat

from pyker.base.boot import boot_id
from pyker.base.errors import InvalidError
from pyker.base.jsonfile import read_bytes, write_bytes
from pyker.base.value import Value

FORMAT = 1  # the number in <graph root>/version
UNSHARED = "PYKER_UNSHARED"  # in the environment of what `pyker unshare` starts
RUN_ROOT = "runroot"  # the file that remembers a user's run root


class Home(Value):
    """The roots of one pyker world; every path of ours is built here or below one built here."""

    graph: str  # what outlives a boot: images, layers, containers
    run: str  # what does not: sockets, leases, records of running processes
    config: str
    rootless: bool = False

    def below(self, *parts: str) -> str:
        """A path in the graph root."""
        return os.path.join(self.graph, *parts)

    def running(self, *parts: str) -> str:
        """A path in the run root."""
        return os.path.join(self.run, *parts)


def find_home(root: str = "", runroot: str = "") -> Home:
    """The home of the calling user, with *root* and *runroot* instead of the usual places when given.

    Raises InvalidError for a path the kernel cannot take in mount options or socket names.
    """
    graph, config = _lasting_places()
    graph = os.path.abspath(root or os.environ.get("PYKER_ROOT") or graph)
    run = runroot or os.environ.get("PYKER_RUNROOT") or _run_root(graph)
    found = Home(graph, os.path.abspath(run), config, not _is_root())
    for path in (found.graph, found.run):
        if any(sign in path for sign in ",:\\\n"):
            raise InvalidError(f"invalid root {path!r}: it must not hold ',', ':', '\\' or a new line")
    return found


def _is_root() -> bool:
    """Whether this is root of the machine, and not the uid 0 that a user has in `pyker unshare`."""
    return os.geteuid() == 0 and UNSHARED not in os.environ


def _lasting_places() -> "tuple[str, str]":
    """Graph root and configuration; see the XDG Base Directory Specification for a user's."""
    if _is_root():
        return "/var/lib/pyker", "/etc/pyker"
    user = os.environ.get("HOME", "/")
    graph = os.path.join(os.environ.get("XDG_DATA_HOME") or f"{user}/.local/share", "pyker")
    return graph, os.path.join(os.environ.get("XDG_CONFIG_HOME") or f"{user}/.config", "pyker")


def _run_root(graph: str) -> str:
    """Where what runs is recorded.

    A user's terminal and cron job may not have the same environment, but must see the same containers:
    what was chosen first in this boot is kept (*claim_home*).
    """
    if _is_root():
        return "/run/pyker"
    try:
        with open(f"{graph}/{RUN_ROOT}", encoding="utf-8") as file:
            boot, _, kept = file.read().rstrip("\n").partition(" ")
    except OSError:
        boot = kept = ""
    if kept and boot == boot_id() and os.path.isdir(kept):
        return kept
    return _first_run_root()


def _first_run_root() -> str:
    uid = os.geteuid()
    for directory in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"):
        if directory and os.access(directory, os.W_OK):
            return os.path.join(directory, "pyker")
    return f"/tmp/pyker-run-{uid}"  # noqa: S108 - claim_home looks who made it


def claim_home(home: Home) -> None:
    """Make both roots, open to their owner only, and mark them: the format, and a user's run root.

    Raises InvalidError for a directory that belongs to somebody else, and for a format we do not know.
    """
    for path in (home.graph, home.run):
        os.makedirs(path, 0o700, exist_ok=True)
        _check_owner(path)
    _check_format(home)
    if home.rootless:
        _keep(home.below(RUN_ROOT), f"{boot_id()} {home.run}\n")


def _check_owner(path: str) -> None:
    status = os.stat(path, follow_symlinks=False)
    if status.st_uid != os.geteuid() or status.st_mode & 0o022 or not stat.S_ISDIR(status.st_mode):
        raise InvalidError(
            f"{path} is not a directory that only you can write to",
            hint="give others with --root and --runroot (or XDG_RUNTIME_DIR)",
        )
    if status.st_mode & 0o077:
        os.chmod(path, 0o700)


def _check_format(home: Home) -> None:
    try:
        found = read_bytes(home.below("version"), 64).strip()
    except FileNotFoundError:
        write_bytes(home.below("version"), b"%d\n" % FORMAT)
        return
    if found != b"%d" % FORMAT:
        raise InvalidError(
            f"{home.graph} has format {found.decode(errors='replace')}, this pyker knows {FORMAT}",
            hint="use the pyker that made it, or another --root",
        )


def _keep(path: str, text: str) -> None:
    try:
        if read_bytes(path, 4096).decode() == text:
            return
    except FileNotFoundError:
        pass
    write_bytes(path, text.encode(), durable=False)
