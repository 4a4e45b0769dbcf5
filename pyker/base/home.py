"""Where things live: one set of paths for root, one for each ordinary user."""

import os

from pyker.base.errors import InvalidError
from pyker.base.value import Value

FORMAT = 1  # the number in <graph root>/version


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
    environ = os.environ
    if os.geteuid() == 0:
        graph, run, config = "/var/lib/pyker", "/run/pyker", "/etc/pyker"
    else:
        home = environ.get("HOME", "/")
        graph = os.path.join(environ.get("XDG_DATA_HOME") or f"{home}/.local/share", "pyker")
        run = os.path.join(environ.get("XDG_RUNTIME_DIR") or f"/tmp/pyker-run-{os.geteuid()}", "pyker")
        config = os.path.join(environ.get("XDG_CONFIG_HOME") or f"{home}/.config", "pyker")
    found = Home(
        os.path.abspath(root or environ.get("PYKER_ROOT") or graph),
        os.path.abspath(runroot or environ.get("PYKER_RUNROOT") or run),
        config,
        os.geteuid() != 0,
    )
    for path in (found.graph, found.run):
        if any(sign in path for sign in ",:\\\n"):
            raise InvalidError(f"invalid root {path!r}: it must not hold ',', ':', '\\' or a new line")
    return found
