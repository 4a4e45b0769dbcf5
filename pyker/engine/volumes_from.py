"""`--volumes-from`: the mounts of another container, to be had by a new one too."""

from pyker.base.errors import InvalidError
from pyker.engine.containers import find_container
from pyker.model.volume import VolumeMount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from pyker.base.home import Home


def volumes_from(
    home: "Home", words: "Iterable[str]", own: "Collection[VolumeMount]"
) -> "tuple[VolumeMount, ...]":
    """The mounts of each container in *words*, "name[:mode]", and *own*, which win at the same place.

    Raises NotFoundError for an unknown container, InvalidError for another mode than ro, rw, z and Z.
    """
    found = {}
    for word in words:
        name, colon, mode = word.partition(":")
        modes = set(mode.split(",")) if colon else set()
        if not name or not modes <= {"ro", "rw", "z", "Z"} or {"ro", "rw"} <= modes or {"z", "Z"} <= modes:
            raise InvalidError(f"invalid mode: {mode}" if name else "invalid empty name for --volumes-from")
        for mount in find_container(home, name).config["mounts"]:
            found[mount["Destination"]] = _again(mount, modes)
    taken = [mount.target.rstrip("/") for mount in own]
    return (*(mount for target, mount in found.items() if target.rstrip("/") not in taken), *own)


def _again(mount: "dict[str, Any]", modes: "set[str]") -> VolumeMount:
    """What the other container has at *mount*, perhaps read-only."""
    words = [word for word in mount["Mode"].split(",") if word not in ("", "ro", "rw", "readonly", "U")]
    words += sorted(modes & {"z", "Z"} - set(words))
    read_only = "ro" in modes or not mount["RW"]
    image = mount["Type"] == "image"
    return VolumeMount(
        mount.get("Name") or mount["Source"],
        mount["Destination"],
        (*words, "ro") if read_only else tuple(words),
        image=image,
        subpath=mount.get("Subpath", ""),
    )
