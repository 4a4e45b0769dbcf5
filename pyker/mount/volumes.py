"""-v, --mount and the image's VOLUMEs: from words to volumes on disk, and from those to OCI mounts.

Between the two stands a list of plain documents, Docker's "Mounts" of `inspect`; it is what the
container's config.json keeps.
"""

import errno
import os

from pyker.base.errors import InvalidError, NotFoundError, PykerError, UnsupportedError
from pyker.base.locks import Lock
from pyker.kernel.paths import CLOEXEC_DIRECTORY, open_in_root
from pyker.kernel.tree import remove_tree
from pyker.mount.copying import copy_content
from pyker.mount.volume_store import Volume, create_volume, delete_volume, load_volume, save_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.volume import VolumeMount

    MountDocument = dict[str, Any]
    OciMount = dict[str, Any]

_PROPAGATION = ("private", "rprivate", "slave", "rslave", "shared", "rshared")
_ATTRIBUTES = ("exec", "noexec", "suid", "nosuid", "dev", "nodev")
_DESKTOP = ("cached", "delegated", "consistent")  # Docker Desktop's, without meaning on Linux
_ACCEPTED = ("ro", "rw", "readonly", "bind", "rbind", "nocopy", "U", "z", "Z", *_DESKTOP)


def prepare_mounts(
    home: "Home", volumes: "Sequence[VolumeMount]", image_volumes: "Iterable[str]", container_id: str
) -> "list[MountDocument]":
    """The mounts of a container as Docker's "Mounts", with the volumes and host directories they need made.

    *image_volumes* are targets that get an anonymous volume unless *volumes* covers them.
    Raises InvalidError for words that make no sense, NotFoundError for a bind source that must exist;
    anonymous volumes made by then are removed again.
    """
    targets: set[str] = set()
    documents: list[MountDocument] = []
    try:
        for volume in volumes:
            _take_target(targets, volume.target)
            documents.append(_document(home, volume, container_id))
        for target in image_volumes:
            if _normal(target) not in targets:
                _take_target(targets, target)
                documents.append(_volume_document(create_volume(home, container=container_id), target, ()))
    except BaseException:
        remove_anonymous(home, documents)
        raise
    return documents


def _normal(target: str) -> str:
    return os.path.normpath("/" + target.lstrip("/"))


def _take_target(targets: "set[str]", target: str) -> None:
    if not target.startswith("/"):
        raise InvalidError(f"invalid mount path: '{target}' mount path must be absolute")
    place = _normal(target)
    if place == "/":
        raise InvalidError("invalid specification: destination can't be '/'")
    if place in targets:
        raise InvalidError(f"Duplicate mount point: {target}")
    targets.add(place)


def _document(home: "Home", volume: "VolumeMount", container_id: str) -> "MountDocument":
    _check_options(volume.options)
    if not volume.is_bind:
        return _volume_document(
            create_volume(home, volume.source, container=container_id), volume.target, volume.options
        )
    _find_source(volume)
    propagation = [option for option in volume.options if option in _PROPAGATION]
    return {
        "Type": "bind",
        "Source": volume.source,
        "Destination": _normal(volume.target),
        "Mode": ",".join(volume.options),
        "RW": not _read_only(volume.options),
        "Propagation": propagation[-1] if propagation else "rprivate",
    }


def _volume_document(volume: Volume, target: str, options: "tuple[str, ...]") -> "MountDocument":
    document = {
        "Type": "volume",
        "Name": volume.name,
        "Source": volume.data,
        "Destination": _normal(target),
        "Driver": "local",
        "Mode": ",".join(options),
        "RW": not _read_only(options),
        "Propagation": "",
    }
    return {**document, "Anonymous": True} if volume.anonymous else document


def _check_options(options: "tuple[str, ...]") -> None:
    for option in options:
        if option == "O" or option.startswith(("upperdir=", "idmap")):
            raise UnsupportedError(f"volume option {option!r} is not supported")
        if option not in _ACCEPTED and option not in _PROPAGATION and option not in _ATTRIBUTES:
            raise InvalidError(
                f"invalid mode: {option}", hint="ro, rw, nocopy, U, z, Z, [r]private, [r]slave, [r]shared"
            )
    if len([option for option in options if option in _PROPAGATION]) > 1 or {"ro", "rw"} <= set(options):
        raise InvalidError(f"invalid mode: {','.join(options)}")


def _read_only(options: "tuple[str, ...] | list[str]") -> bool:
    return "ro" in options or "readonly" in options


def _find_source(volume: "VolumeMount") -> None:
    """-v makes a missing host directory, --mount insists on it."""
    if os.path.exists(volume.source):
        return
    if volume.must_exist:
        raise NotFoundError(
            f'invalid mount config for type "bind": bind source path does not exist: {volume.source}'
        )
    try:
        os.makedirs(volume.source, 0o755)
    except FileExistsError:
        return
    except OSError as error:
        raise PykerError(
            f"error while creating mount source path '{volume.source}': {error.strerror}"
        ) from error


def volume_mounts(
    home: "Home", root: int, documents: "Sequence[MountDocument]", warn: "Callable[[str], None]"
) -> "list[OciMount]":
    """The OCI mounts of *documents* at the start of a container, a directory before what lies inside it.

    Volumes that no container has seen yet are filled from the open *root*, in which nothing is mounted yet.
    """
    for document in documents:
        if document["Type"] == "volume":
            _fill(home, document, root)
    if any(_asks_relabel(document) for document in documents) and os.path.isdir("/sys/fs/selinux/class"):
        warn("volume options z and Z are ignored: pyker does not set SELinux labels")
    ordered = sorted(documents, key=lambda document: document["Destination"].count("/"))
    return [_oci_mount(document) for document in ordered]


def _asks_relabel(document: "MountDocument") -> bool:
    return bool({"z", "Z"} & set(document["Mode"].split(",")))


def _oci_mount(document: "MountDocument") -> "OciMount":
    words = document["Mode"].split(",")
    flat = "bind" in words
    options = ["bind" if flat else "rbind", document["Propagation"] or "rprivate"]
    options += [word for word in words if word in _ATTRIBUTES]
    if not document["RW"]:
        options += ["ro"] if flat else ["ro", "rro"]
    else:
        options.append("rw")
    return {
        "destination": document["Destination"],
        "type": "bind",
        "source": document["Source"],
        "options": options,
    }


def _fill(home: "Home", document: "MountDocument", root: int) -> None:
    volume = load_volume(home, document["Name"])
    if not volume.fresh:
        return
    with Lock(os.path.join(volume.place, "lock")):
        volume = load_volume(home, document["Name"])
        if volume.fresh:
            if "nocopy" not in document["Mode"].split(","):
                _copy_from_image(volume, document["Destination"], root)
            save_volume(volume.replace(fresh=False), durable=not volume.anonymous)


def _copy_from_image(volume: Volume, target: str, root: int) -> None:
    """Copied beside and renamed over the volume's directory, which works only while that is empty."""
    try:
        source = open_in_root(root, target, CLOEXEC_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        aside = os.path.join(volume.place, "_copy")
        remove_tree(aside)
        _copy_directory(source, aside)
        os.rename(aside, volume.data)
    except OSError as error:
        remove_tree(aside)
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # somebody has put data there: it stays
            raise PykerError(f"cannot fill volume {volume.name} from {target}: {error.strerror}") from error
    finally:
        os.close(source)


def _copy_directory(source: int, path: str) -> None:
    os.mkdir(path, 0o700)
    target = os.open(path, CLOEXEC_DIRECTORY)
    try:
        copy_content(source, target)
    finally:
        os.close(target)


def give_volumes(documents: "Iterable[MountDocument]", uid: int, gid: int) -> None:
    """Give what option "U" names to the container's user, links themselves and other mounts left alone."""
    from pyker.mount.owning import give_tree

    for document in documents:
        if "U" in document["Mode"].split(","):
            give_tree(document["Source"], uid, gid)


def remove_anonymous(home: "Home", documents: "Iterable[MountDocument]") -> None:
    """Delete the anonymous volumes among *documents*; gone already is fine."""
    for document in documents:
        if document.get("Anonymous"):
            remove_volume(home, document["Name"])


def remove_volume(home: "Home", name: str) -> None:
    """Delete volume *name* with its data; gone already is fine."""
    try:
        delete_volume(home, name)
    except NotFoundError:
        return
