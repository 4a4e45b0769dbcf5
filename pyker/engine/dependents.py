"""Containers that stand on others: they share a network, processes, memory or users of theirs."""

from pyker.base.errors import NotFoundError
from pyker.engine.containers import all_containers, find_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyker.base.home import Home
    from pyker.model.container import Container

MODES = ("NetworkMode", "PidMode", "IpcMode", "UsernsMode", "UTSMode", "CgroupnsMode")


def with_dependents(home: "Home", words: "Iterable[str]") -> "list[str]":
    """*words*, each after the containers that stand on the one it names; words of nothing stay."""
    known = all_containers(home)
    below = {one.id: _bases(home, one) for one in known}
    found: "list[str]" = []
    for word in words:
        try:
            _collect(find_container(home, word).id, below, found)
        except NotFoundError:
            found.append(word)
    return found


def _collect(identity: str, below: "dict[str, set[str]]", found: "list[str]") -> None:
    """Put *identity* and all that stand on it into *found*, the ones that stand on others first."""
    pending, order = [identity], []
    while pending:
        present = pending.pop()
        if present in order:
            continue
        order.append(present)
        pending += [other for other, bases in below.items() if present in bases]
    found += [one for one in reversed(order) if one not in found]


def _bases(home: "Home", container: "Container") -> "set[str]":
    """The ids of the containers that *container* stands on."""
    host = container.config["host"]
    ids = set()
    for mode in MODES:
        kind, _, text = str(host.get(mode) or "").partition(":")
        if kind == "container":
            try:
                ids.add(find_container(home, text).id)
            except NotFoundError:
                continue
    return ids
