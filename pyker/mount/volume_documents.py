"""What -v, --mount and VOLUME say, checked and made: volumes on disk, host directories, Docker's "Mounts"."""

import os

from pyker.base.errors import InvalidError, NotFoundError, PykerError
from pyker.mount.volume_store import Volume, create_volume
from pyker.mount.volumes import remove_anonymous

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.volume import VolumeMount

    MountDocument = dict[str, Any]

_PROPAGATION = ("private", "rprivate", "slave", "rslave", "shared", "rshared")
_ATTRIBUTES = ("exec", "noexec", "suid", "nosuid", "dev", "nodev")
_DESKTOP = ("cached", "delegated", "consistent")  # Docker Desktop's, without meaning on Linux
_ACCEPTED = frozenset(
    (
        *("ro", "rw", "readonly", "writable", "bind", "rbind", "copy", "nocopy"),
        *("U", "O", "idmap", "upperdir", "workdir", "z", "Z", *_DESKTOP),
    )
)


def make_documents(
    home: "Home", volumes: "Sequence[VolumeMount]", image_volumes: "Iterable[str]", container_id: str
) -> "list[MountDocument]":
    """As prepare_mounts, which see."""
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
    if volume.image:
        return _image_document(volume)
    if not volume.is_bind:
        made = create_volume(home, volume.source, container=container_id, labels=dict(volume.labels))
        return _with_subpath(volume, _volume_document(made, volume.target, volume.options))
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


def _with_subpath(volume: "VolumeMount", document: "MountDocument") -> "MountDocument":
    return {**document, "Subpath": volume.subpath} if volume.subpath else document


def _image_document(volume: "VolumeMount") -> "MountDocument":
    document = {
        "Type": "image",
        "Source": volume.source,
        "Destination": _normal(volume.target),
        "Mode": ",".join(volume.options),
        "RW": not _read_only(volume.options),
        "Propagation": "",
    }
    return _with_subpath(volume, document)


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
        name = option.partition("=")[0]
        if name not in _ACCEPTED and option not in _PROPAGATION and option not in _ATTRIBUTES:
            raise InvalidError(
                f"invalid mode: {option}",
                hint="ro, rw, copy, nocopy, U, O, idmap, z, Z, [r]private, [r]slave, [r]shared",
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
