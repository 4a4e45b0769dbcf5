"""`--rootfs`: a directory in an image's place, as it is or with a write layer over it.

It belongs to whoever made it: nothing here or elsewhere removes it.
"""

import os

from pyker.base.errors import NotFoundError
from pyker.engine.image_lookup import directories_below
from pyker.kernel.mounts import BIND, PRIVATE, REC, mount
from pyker.model.image import Image
from pyker.model.platform import this_machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps

NO_IMAGE: "dict[str, object]" = {"config": {}}  # what a directory says of itself


def image_of_nothing() -> Image:
    """What stands for the image of a container that has none."""
    here = this_machine()
    return Image("", "", (), (), "", 0, (), here.architecture, here.os, here.variant)


def mount_rootfs(
    home: "Home", container: "Container", driver: str, maps: "Maps | None", *, volatile: bool = False
) -> None:
    """Mount the root of *container*, made with --rootfs, at its merged/ directory.

    With *maps* a write layer over it has the container's ids; the directory itself keeps its own. Raises
    NotFoundError when it is gone, PykerError saying what the kernel refused.
    """
    rootfs = container.config["rootfs"]
    if not os.path.isdir(rootfs["path"]):
        raise NotFoundError(f"the root file system {rootfs['path']} of container {container.name} is gone")
    if not rootfs["overlay"]:
        mount(rootfs["path"], f"{container.path}/merged", "", BIND | REC)
        mount("", f"{container.path}/merged", "", PRIVATE | REC)
        return
    lowers = directories_below(home, container.config)
    if maps is None:
        from pyker.mount.overlay import mount_root

        mount_root(home, container.id, driver, lowers, volatile=volatile)
        return
    from pyker.engine.mapped_root import mount_mapped

    mount_mapped(home, container.id, driver, lowers, maps, volatile=volatile)
