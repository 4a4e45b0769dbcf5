"""`export`: the files of a container as one tar archive, as they are on the disk."""

from pyker.base.jsonfile import write_all
from pyker.engine.container_root import ContainerRoots
from pyker.engine.containers import find_container
from pyker.engine.events import record_container
from pyker.kernel.paths import CLOEXEC_DIRECTORY, open_below
from pyker.layers.pack import Packer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home


def export(home: "Home", text: str, descriptor: int, warn: "Callable[[str], None]") -> None:
    """Write the files of container *text* to the open *descriptor*; volumes are not among them.

    Raises NotFoundError before anything is written.
    """
    container = find_container(home, text)
    with ContainerRoots(home, (container,), warn, bare=True) as opened:
        maps = opened.maps.get(container.id)
        packer = Packer(descriptor, write_all, owner=maps.inside if maps else None)
        root = open_below(opened.roots[container.id], ".", CLOEXEC_DIRECTORY)
        packer.tree(root, "", with_root=False)
        packer.finish()
    record_container(home, container, "export")
