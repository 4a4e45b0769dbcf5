"""Taking a container off the disk: absent at once, its files removed after."""

import os

from pyker.engine.events import record_container
from pyker.engine.names import release_name
from pyker.kernel.tree import remove_tree
from pyker.mount.volumes import remove_anonymous

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def discard(home: "Home", container: "Container", *, volumes: bool) -> None:
    """Remove *container*, which does not run, and with *volumes* its anonymous volumes.

    One rename makes it absent; what a crash leaves after that is for *sweep_removing*.
    No new disk block is needed.
    """
    removing = home.below("removing")
    os.makedirs(removing, 0o700, exist_ok=True)
    aside = os.path.join(removing, container.id)
    try:
        os.rename(container.path, aside)
    except FileNotFoundError:
        return  # another command was first
    record_container(home, container, "destroy")
    release_name(home, container.name, container.id)
    if volumes:
        remove_anonymous(home, container.config["mounts"])
    remove_tree(aside)


def sweep_removing(home: "Home") -> None:
    """Finish removals that were cut short."""
    removing = home.below("removing")
    try:
        left = os.listdir(removing)
    except FileNotFoundError:
        return
    for identity in left:
        remove_tree(os.path.join(removing, identity))
