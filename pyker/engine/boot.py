"""The machine comes up, and goes down: every container as its restart policy wants it.

Without a daemon somebody has to ask: the units that `make install` ships, or a line in rc.local.
"""

import time

from pyker.base.errors import PykerError
from pyker.base.home import claim_home
from pyker.engine.apart import apart
from pyker.engine.cleanup import tidy
from pyker.engine.containers import LOST, all_containers, all_ids, read_state
from pyker.engine.ending import DOWN
from pyker.engine.signals import signal_number
from pyker.engine.start import start
from pyker.engine.stop import TIMEOUT, await_end, begin_end
from pyker.model.restart import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.container import Container

    Report = Callable[[str, "PykerError | None"], None]


def boot(home: "Home", report: "Report", warn: "Callable[[str], None]") -> None:
    """Start every container that its restart policy wants, those first that others depend on.

    *report* hears each name, with the error of one that could not be started. Again in the same boot: as
    Docker when its daemon is started anew.
    """
    if not all_ids(home):
        return
    apart(home, lambda: _make_room(home))
    for container in in_order(all_containers(home)):
        if container.is_active or not _is_wanted(container):
            continue
        try:
            # In a child, as a user: what it re-enters for one container is not for the next.
            _start_apart(home, container, warn)
        except PykerError as error:
            report(container.name, error)
        else:
            report(container.name, None)


def _make_room(home: "Home") -> None:
    """The run root is as new as the boot; what the last one left goes."""
    claim_home(home)
    tidy(home)


def _start_apart(home: "Home", container: "Container", warn: "Callable[[str], None]") -> None:
    apart(home, lambda: start(home, container.id, warn=warn), reentered=False)


def _is_wanted(container: "Container") -> bool:
    last = read_state(container.path)
    if not last.get("run"):
        return False  # never started: nobody asked for it yet
    code = LOST if last.get("unfinished") or last.get("down") else last.get("code", LOST)
    stopped = bool(last.get("stopped"))
    return Policy.of(container.config["host"]).wants_at_boot(code, stopped=stopped)


def in_order(containers: "list[Container]") -> "list[Container]":
    """*containers*, oldest first, but each after those whose namespaces it joins or that it links to."""
    by_word = {word: one for one in containers for word in (one.id, one.name)}
    found: "dict[str, Container]" = {}
    under_way: "set[str]" = set()

    def add(one: "Container") -> None:
        if one.id in found or one.id in under_way:
            return
        under_way.add(one.id)
        for word in needs(one):
            if (other := by_word.get(word)) is not None:
                add(other)
        found[one.id] = one

    for one in sorted(containers, key=lambda one: one.created):
        add(one)
    return list(found.values())


def needs(container: "Container") -> "list[str]":
    """The names and ids of the containers that *container* cannot start without."""
    host = container.config["host"]
    modes = (str(host[key]) for key in ("NetworkMode", "PidMode", "IpcMode", "CgroupnsMode"))
    joined = [mode.partition(":")[2] for mode in modes if mode.startswith("container:")]
    links = [str(link).partition(":")[0].removeprefix("/") for link in host.get("Links") or ()]
    return [*joined, *links, *container.config.get("requires", ())]


def shutdown(home: "Home", report: "Report", timeout: "float | None" = None) -> None:
    """End every container, all at the same time, in a way that *boot* starts the same ones again.

    *timeout* is as in `stop`. *report* hears each name, with the error of one that did not end.
    """
    ending = []
    for container in reversed(in_order(all_containers(home))):
        if container.is_active:
            number = signal_number(container.config["config"]["StopSignal"] or "TERM")
            ending.append(begin_end(home, container, number, DOWN))
    began = time.monotonic()
    for container in ending:
        own = container.config["config"]["StopTimeout"] if timeout is None else timeout
        left = (TIMEOUT if own is None else own) - (time.monotonic() - began)
        try:
            await_end(home, container, max(0.0, left))
        except PykerError as error:
            report(container.name, error)
        else:
            report(container.name, None)
