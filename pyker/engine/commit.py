"""`commit`: what a container changed becomes a layer, and an image of it.

The changes are packed as a layer archive and unpacked from it in one pass, so that the new layer is just
what a registry would give back; nothing below it is read.
"""

import contextlib
import os

from pyker.base import jsonfile
from pyker.base.errors import ConflictError, CorruptError, InvalidError, NotFoundError, UnsupportedError
from pyker.base.home import Home
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.engine.containers import find_container
from pyker.engine.diff import changes_of
from pyker.engine.events import record_container
from pyker.engine.image_lookup import image_by_id, image_config
from pyker.engine.ingest import Adding, Arrived, pack_layer, register
from pyker.engine.pause import pause, unpause
from pyker.image.changes import apply_changes
from pyker.image.config import committed_config, now, read_config
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.layers.pack import Packer
from pyker.layers.store import Layer, chain_ids, find_layer
from pyker.model.container import RUNNING
from pyker.model.reference import parse_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from pyker.model.container import Container

    Report = Callable[[str], None]
    Owner = Callable[[int, int], tuple[int, int]]

# What an image keeps of a container's configuration: OCI image-spec config.md, and Docker's Healthcheck.
_KEPT = (
    *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels"),
    *("StopSignal", "Healthcheck", "OnBuild"),
)


class Wanted(Value):
    """What the image is to be called, and to say."""

    name: str = ""
    author: str = ""
    message: str = ""
    changes: "tuple[str, ...]" = ()
    pause: bool = True


def commit(home: Home, text: str, wanted: Wanted, report: "Report") -> str:
    """Make an image of container *text* as it is now and give its id.

    Raises NotFoundError, or InvalidError for bad words before anything is done.
    """
    names = (_canonical(wanted.name),) if wanted.name else ()
    container = find_container(home, text)
    settings = apply_changes(_settings(container), wanted.changes)
    with Adding(home, report):
        base, below = _base(home, container)
        made = _layer(home, container, paused=wanted.pause)
        step = _step(container, wanted.message)
        config = committed_config(base, settings, made.diff_id if made else "", step, wanted.author)
        data = jsonfile.dumps(config, canonical=True).encode()
        layers = (*below, *((made,) if made else ()))
        made_image = register(home, Arrived(data, read_config(data), layers, names=names), report)
    record_container(home, container, "commit", imageID=made_image.id, imageRef=wanted.name)
    return made_image.id


def _canonical(name: str) -> str:
    reference = parse_reference(name)
    if reference.digest:
        raise InvalidError("cannot commit to digest reference", hint="give a name and a tag only")
    return reference.canonical


def _settings(container: "Container") -> "dict[str, Any]":
    config = container.config["config"]
    return {key: config[key] for key in _KEPT if config.get(key)}


def _step(container: "Container", message: str) -> "dict[str, Any]":
    words = [container.config["path"], *container.config["args"]]
    step = {"created": now(), "created_by": " ".join(words)}
    return step | ({"comment": message} if message else {})


def _base(home: Home, container: "Container") -> "tuple[dict[str, Any], list[Layer]]":
    """The config of the container's image, and its layers."""
    if container.config.get("rootfs"):
        raise UnsupportedError(
            f"container {container.name} has no image to build upon: it was made with --rootfs",
            hint=f"pyker export {container.name} | pyker import - NAME",
        )
    image = image_by_id(home, container.image_id)
    if image is None:
        raise NotFoundError(
            f"No such image: {container.image_id}", hint="it was removed; export the container"
        )
    config = image_config(home, image)
    found = [find_layer(home, chain) for chain in chain_ids(config["rootfs"]["diff_ids"])]
    if None in found:
        raise CorruptError(f"image {image.short_id} has lost a layer", hint="pull it again")
    return config, [layer for layer in found if layer]


def _layer(home: Home, container: "Container", *, paused: bool) -> "Layer | None":
    """What *container* changed as a layer in the store; None when that is nothing."""
    with _Still(home, container, pauses=paused):
        found = changes_of(home, container)
        if not found.changes:
            return None
        upper = os.open(found.directory, CLOEXEC_DIRECTORY)
        try:
            owner = _owner(home, container)

            def pack(target: int) -> None:
                packer = Packer(target, jsonfile.write_all, owner=owner)
                packer.changes(upper, found.changes)
                packer.finish()

            return pack_layer(home, pack, list(container.config["chain"]))
        finally:
            os.close(upper)


def _owner(home: Home, container: "Container") -> "Owner | None":
    """Who the owners of files on the disk are inside, where the disk has other ids than the container."""
    from pyker.engine.mapped_root import MARK
    from pyker.engine.userns import current_maps

    if not os.path.exists(f"{container.path}/{MARK}"):
        return None
    maps = current_maps(home, container)
    return maps.inside if maps else None


class _Still:
    """A container held still, in a `with`: a running one is paused, another cannot be started or removed."""

    def __init__(self, home: Home, container: "Container", *, pauses: bool) -> None:
        self._home = home
        self._id = container.id
        # A user without delegated control groups has none to freeze.
        groups = (container.run or {}).get("cgroup")
        self._pauses = pauses and container.status == RUNNING and bool(groups)
        self._lock = None if container.is_running else Lock(f"{container.path}/lock")

    def __enter__(self) -> "Self":
        if self._lock:
            self._lock.__enter__()
        if self._pauses:
            pause(self._home, self._id)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pauses:
            with contextlib.suppress(ConflictError, NotFoundError):  # it ended, or somebody let it go on
                unpause(self._home, self._id)
        if self._lock:
            self._lock.__exit__(None, None, None)
