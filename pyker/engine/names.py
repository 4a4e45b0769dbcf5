"""Who holds which name: files in <graph root>/names, each with the id of its container.

A name is taken by an exclusive link. One whose container neither exists nor is being made by a
living process belongs to a command that died, and is free.
"""

import os

from pyker.base.errors import ConflictError
from pyker.base.jsonfile import write_bytes
from pyker.base.locks import Lock
from pyker.base.names import generate_name
from pyker.engine.containers import container_path, id_of_name, load_container
from pyker.kernel.staging import is_held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home


def is_being_made(home: "Home", identity: str) -> bool:
    """Whether a living process is making container *identity*."""
    return is_held(home.below("creating", identity))


def reserve_name(home: "Home", wanted: str, identity: str) -> str:
    """Reserve *wanted*, or a generated name, for *identity*; ConflictError when somebody holds it."""
    aside = home.below("creating", identity, "name")
    if wanted:
        take_name(home, wanted, identity, aside=aside)
        return wanted
    write_bytes(aside, identity.encode(), durable=False)
    for attempt in range(100):
        name = generate_name(attempt)
        if _link_name(home, aside, name):
            os.unlink(aside)
            return name
    raise ConflictError("no free container name found", hint="give one with --name")


def take_name(home: "Home", name: str, identity: str, *, aside: str) -> None:
    """Let *identity* hold *name*, by way of a file *aside*; ConflictError when somebody holds it."""
    write_bytes(aside, identity.encode(), durable=False)
    taken = _link_name(home, aside, name)
    os.unlink(aside)
    if not taken:
        holder = id_of_name(home, name)
        raise ConflictError(
            f'Conflict. The container name "/{name}" is already in use by container "{holder}". '
            "You have to remove (or rename) that container to be able to reuse that name.",
            hint=f"pyker rm {name}",
        )


def _link_name(home: "Home", aside: str, name: str) -> bool:
    path = home.below("names", name)
    for _ in range(3):
        try:
            os.link(aside, path)
        except FileExistsError:
            holder = id_of_name(home, name)
            if holder and (_goes_by(home, holder, name) or is_being_made(home, holder)):
                return False
            with Lock(home.below("names.lock")):
                release_name(home, name, holder)
        else:
            return True
    return False


def _goes_by(home: "Home", identity: str, name: str) -> bool:
    """Whether container *identity* exists and has *name*, or may be about to: somebody is at it."""
    try:
        with Lock(f"{container_path(home, identity)}/lock", patience=0):
            container = load_container(home, identity)
            return container is not None and container.name == name
    except ConflictError:
        return True
    except FileNotFoundError:
        return False


def release_name(home: "Home", name: str, identity: str) -> None:
    """Free *name* if *identity* holds it."""
    if id_of_name(home, name) == identity:
        try:
            os.unlink(home.below("names", name))
        except FileNotFoundError:
            return
