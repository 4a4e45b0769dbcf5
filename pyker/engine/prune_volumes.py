"""Anonymous volumes that no container has any more."""

from pyker.base.errors import NotFoundError
from pyker.base.home import Home
from pyker.engine.containers import all_containers
from pyker.engine.size import tree_size
from pyker.mount.volume_store import delete_volume, list_volumes
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def prune_volumes(home: Home) -> "Iterator[tuple[str, int]]":
    """Delete the anonymous volumes that no container mounts; the name and bytes of each."""
    reenter(home, lambda _: None)
    used = {
        mount.get("Name")
        for container in all_containers(home)
        for mount in container.config.get("mounts") or ()
    }
    for volume in list_volumes(home):
        if not volume.anonymous or volume.name in used:
            continue
        size = tree_size(volume.data)
        try:
            delete_volume(home, volume.name)
        except NotFoundError:
            continue
        yield volume.name, size
