"""-v, --mount and the image's VOLUMEs: from words to volumes on disk, and from those to OCI mounts.

Between the two stands a list of plain documents, Docker's "Mounts" of `inspect`; it is what the
container's config.json keeps. A container without any pays for nothing here but this module.
"""

import os

from pyker.base.errors import NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.volume import VolumeMount

    MountDocument = dict[str, Any]
    OciMount = dict[str, Any]

_ATTRIBUTES = ("exec", "noexec", "suid", "nosuid", "dev", "nodev")


def prepare_mounts(
    home: "Home", volumes: "Sequence[VolumeMount]", image_volumes: "Iterable[str]", container_id: str
) -> "list[MountDocument]":
    """The mounts of a container as Docker's "Mounts", with the volumes and host directories they need made.

    *image_volumes* are targets that get an anonymous volume unless *volumes* covers them.
    Raises InvalidError for words that make no sense, NotFoundError for a bind source that must exist;
    anonymous volumes made by then are removed again.
    """
    wanted = list(image_volumes)
    if not volumes and not wanted:
        return []
    from pyker.mount.volume_documents import make_documents

    return make_documents(home, volumes, wanted, container_id)


def volume_mounts(
    home: "Home",
    root: int,
    documents: "Sequence[MountDocument]",
    warn: "Callable[[str], None]",
    owner: "tuple[int, int] | None" = None,
) -> "list[OciMount]":
    """The OCI mounts of *documents* at the start of a container, a directory before what lies inside it.

    Volumes that no container has seen yet are filled from the open *root*, in which nothing is mounted yet,
    and given to *owner*, the container's root where it has ids of its own.
    """
    _fill_fresh(home, root, _to_fill(documents), owner)
    if any(_asks_relabel(document) for document in documents) and os.path.isdir("/sys/fs/selinux/class"):
        warn("volume options z and Z are ignored: pyker does not set SELinux labels")
    ordered = sorted(documents, key=lambda document: document["Destination"].count("/"))
    return [_oci_mount(document) for document in ordered]


def is_special(document: "MountDocument") -> bool:
    """Whether what is mounted for *document* is more than a clone of its source, seen from the container."""
    if document["Type"] == "image" or document.get("Subpath"):
        return True
    if document["Propagation"] not in ("", "private", "rprivate"):
        return True
    return any(word == "O" or word.startswith("idmap") for word in document["Mode"].split(","))


def _to_fill(documents: "Sequence[MountDocument]") -> "list[MountDocument]":
    return [
        document for document in documents if document["Type"] == "volume" and not document.get("Subpath")
    ]


def _fill_fresh(
    home: "Home", root: int, documents: "Sequence[MountDocument]", owner: "tuple[int, int] | None"
) -> None:
    if documents:
        from pyker.mount.filling import fill_volume

        for document in documents:
            fill_volume(home, document, root, owner)


def _asks_relabel(document: "MountDocument") -> bool:
    return bool({"z", "Z"} & set(document["Mode"].split(",")))


def _oci_mount(document: "MountDocument") -> "OciMount":
    words = document["Mode"].split(",")
    flat = "bind" in words
    options = ["bind" if flat else "rbind", document["Propagation"] or "rprivate"]
    options += [word for word in words if word in _ATTRIBUTES]
    if not document["RW"]:
        options += ["ro"] if flat or "writable" in words else ["ro", "rro"]
    else:
        options.append("rw")
    return {
        "destination": document["Destination"],
        "type": "bind",
        "source": document["Source"],
        "options": options,
    }


def give_volumes(documents: "Iterable[MountDocument]", uid: int, gid: int) -> None:
    """Give what option "U" names to the container's user, links themselves and other mounts left alone."""
    for document in documents:
        if "U" in document["Mode"].split(","):
            from pyker.mount.owning import give_tree

            give_tree(document["Source"], uid, gid)


def remove_anonymous(home: "Home", documents: "Iterable[MountDocument]") -> None:
    """Delete the anonymous volumes among *documents*; gone already is fine."""
    for document in documents:
        if document.get("Anonymous"):
            remove_volume(home, document["Name"])


def remove_volume(home: "Home", name: str) -> None:
    """Delete volume *name* with its data; gone already is fine."""
    from pyker.mount.volume_store import delete_volume

    try:
        delete_volume(home, name)
    except NotFoundError:
        return
