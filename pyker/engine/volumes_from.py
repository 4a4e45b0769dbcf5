"""`--volumes-from`: the mounts of another container, to be had by a new one too."""

from pyker.base.errors import InvalidError
from pyker.engine.containers import find_container
from pyker.model.volume import VolumeMount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pyker.base.home import Home


def volumes_from(
    home: "Home", words: "Iterable[str]", own: "Collection[VolumeMount]"
) -> "tuple[VolumeMount, ...]":
    """The mounts of each container in *words*, "name" or "name:ro", and *own*, which win at the same place.

    Raises NotFoundError for an unknown container, InvalidError for another mode than ro and rw.
    """
    found = {}
    for word in words:
        name, _, mode = word.partition(":")
        if mode not in ("", "ro", "rw"):
            raise InvalidError(f"invalid mode: {mode}")
        for mount in find_container(home, name).config["mounts"]:
            options = ("ro",) if mode == "ro" or not mount["RW"] else ()
            target = mount["Destination"]
            found[target] = VolumeMount(mount.get("Name") or mount["Source"], target, options)
    taken = [mount.target.rstrip("/") for mount in own]
    return (*(mount for target, mount in found.items() if target.rstrip("/") not in taken), *own)
