"""`container clone`: a new container that was asked for what another one was."""

from pyker.base.ids import check_name, short
from pyker.engine.clock import now
from pyker.engine.containers import load_container
from pyker.engine.create import lay_down
from pyker.engine.events import record_container
from pyker.engine.image_lookup import find_image, hold_images
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container

    Document = dict[str, Any]


def clone(
    home: "Home",
    original: "Container",
    identity: str,
    warn: "Callable[[str], None]",
    *,
    name: str = "",
    image: str = "",
) -> None:
    """Make container *identity*, like *original*, as *name* or "<its name>-clone", on its or another *image*.

    Nothing that *original* wrote is in it; volumes are shared, the anonymous ones too. Raises NotFoundError
    for the image, ConflictError when the name is taken.
    """
    name = check_name(name or f"{original.name}-clone")
    reenter(home, warn)
    with hold_images(home):
        lay_down(home, _document(home, original, identity, image), name)
    if made := load_container(home, identity):
        record_container(home, made, "create")


def _document(home: "Home", original: "Container", identity: str, image: str) -> "Document":
    config = dict(original.config["config"])
    if config["Hostname"] == short(original.id):
        config["Hostname"] = short(identity)
    changes: "Document" = {"id": identity, "created": now(), "config": config}
    if image or not original.config.get("rootfs"):
        found = find_image(home, image or original.image_id)
    if image:
        changes |= {
            "rootfs": None,
            "image": image,
            "image_id": found.id,
            "architecture": found.architecture,
            "chain": list(found.chain),
        }
        config["Image"] = image
    mounts = [
        {**mount, "Anonymous": False} if mount.get("Anonymous") else mount
        for mount in original.config["mounts"]
    ]
    host = {**original.config["host"], "ContainerIDFile": ""}
    return {**original.config, **changes, "mounts": mounts, "host": host}
