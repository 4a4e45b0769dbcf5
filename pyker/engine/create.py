"""Making a container: whole or absent, one winner for a name, nothing running yet.

What is made is built in <graph root>/creating/<id>, under a lock that dies with this process, and
renamed into containers/. The name is reserved before, by an exclusive link; a name whose container
neither exists nor is being made by a living process belongs to a command that died, and is free.
"""

import os

from pyker.base.errors import ConflictError, NotFoundError
from pyker.base.home import claim_home
from pyker.base.ids import check_name, new_id
from pyker.base.jsonfile import sync_directory, write, write_bytes
from pyker.base.locks import Lock
from pyker.engine.configure import configure
from pyker.engine.containers import (
    container_path,
    dead_runs,
    find_container,
    first_of_boot,
    id_of_name,
    load_container,
)
from pyker.engine.discard import sweep_removing
from pyker.engine.events import record_container
from pyker.engine.image_lookup import find_image, hold_images, image_config, lower_directories
from pyker.engine.names import release_name, reserve_name
from pyker.kernel.staging import Staging, take
from pyker.kernel.tree import remove_tree
from pyker.model.container import Container
from pyker.mount.volumes import prepare_mounts, remove_anonymous
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.engine.image_lookup import Image
    from pyker.model.request import RunRequest


def create(
    home: "Home",
    request: "RunRequest",
    *,
    report: "Callable[[str], None]",
    warn: "Callable[[str], None]",
) -> Container:
    """The container that *request* asks for, made from its image, which is pulled when it is missing.

    Raises NotFoundError (no such image), ConflictError (the name is taken), InvalidError (words that
    contradict each other); nothing is left then.
    """
    reenter(home, warn)
    claim_home(home)
    _refuse_cidfile(request.cidfile)
    if request.name:
        check_name(request.name)
    if request.rootfs is None:
        obtain_image(home, request, report)
    if any(volume.image for volume in request.volumes):
        from pyker.engine.mount_trees import obtain_images

        request = obtain_images(home, request, report)
    identity = new_id()
    if request.identity is not None:
        from pyker.engine.identity import check_links

        check_links(home, request.identity)
    with hold_images(home):
        if request.identity is None or not request.identity.userns.startswith("auto"):
            _compose(home, request, identity)
        else:  # two containers must not be given the same ids
            with Lock(home.below("ids.lock")):
                _compose(home, request, identity)
    if request.cidfile:
        write_bytes(request.cidfile, identity.encode(), durable=False, mode=0o644)
    container = load_container(home, identity)
    if container is None:
        raise NotFoundError(f"No such container: {identity} (removed while it was made)")
    record_container(home, container, "create")
    return container


def _compose(home: "Home", request: "RunRequest", identity: str) -> None:
    image, config = _origin(home, request)
    request = _as_neighbour(home, request)
    document = configure(request, image, config, identity)
    if request.identity is not None or document["path"].endswith(("/init", "systemd")):
        from pyker.engine.identity import complete

        lowers = [request.rootfs[0]] if request.rootfs else lower_directories(home, image)
        complete(home, request, document, lowers)
    if document.get("named_devices"):
        from pyker.engine.cdi import check_devices

        check_devices(document["named_devices"])
    if request.requires:
        document["requires"] = [require(home, word) for word in request.requires]
    _make(home, request, document)


def _origin(home: "Home", request: "RunRequest") -> "tuple[Image, dict[str, Any]]":
    """The image of *request* and its config, or what stands for them where a directory takes its place."""
    if request.rootfs is None:
        image = find_image(home, request.image)
        return image, image_config(home, image)
    from pyker.engine.rootfs import NO_IMAGE, image_of_nothing

    return image_of_nothing(), dict(NO_IMAGE)


def _as_neighbour(home: "Home", request: "RunRequest") -> "RunRequest":
    """A container on the network of another has that one's host name, as its /etc/hostname says."""
    mode, _, text = request.network.partition(":")
    if mode != "container" or request.uts_mode:
        return request
    owner = find_container(home, text)
    return request.replace(hostname=owner.config["config"]["Hostname"])


def require(home: "Home", text: str) -> str:
    """The id of container *text*, which another requires from now on: it is marked, so that `rm` looks."""
    required = find_container(home, text)
    write_bytes(f"{required.path}/required", b"", durable=False)
    return required.id


def _make(home: "Home", request: "RunRequest", document: "dict[str, Any]") -> None:
    """Put the container of *document* on the disk, its volumes first; all or nothing."""
    image_volumes = tuple(document["config"]["Volumes"] or ())
    if request.image_volume in ("tmpfs", "ignore"):
        taken = {volume.target.rstrip("/") for volume in request.volumes}
        if request.image_volume == "tmpfs":
            tmpfs = {target: "exec,tmpcopyup" for target in image_volumes if target.rstrip("/") not in taken}
            document["host"]["Tmpfs"] = {**tmpfs, **(document["host"]["Tmpfs"] or {})}
        image_volumes = ()
    document["mounts"] = prepare_mounts(home, request.volumes, image_volumes, document["id"])
    try:
        lay_down(home, document, request.name)
    except BaseException:
        remove_anonymous(home, document["mounts"])
        raise


def lay_down(home: "Home", document: "dict[str, Any]", name: str) -> None:
    """Put the container of *document* in its place as *name*, or under a generated one; all or nothing."""
    try:
        for parent in ("containers", "creating", "names", "removing"):
            os.makedirs(home.below(parent), 0o700, exist_ok=True)
        sweep(home)
        with Staging(home.below("creating"), document["id"]) as staging:
            document["name"] = reserve_name(home, name, document["id"])
            if document.get("secrets"):
                from pyker.engine.secret_use import keep_secrets

                keep_secrets(home, staging.path, document["secrets"])
            _publish(home, staging.path, document, durable=not document["host"]["AutoRemove"])
    except BaseException:
        withdraw(home, document["id"])
        raise


def _refuse_cidfile(path: str) -> None:
    if path and os.path.lexists(path):
        raise ConflictError(
            f"container ID file found, make sure the other container isn't running or delete {path}", code=125
        )


def obtain_image(home: "Home", request: "RunRequest", report: "Callable[[str], None]") -> "Image":
    """The image of *request*, pulled when its pull policy says so."""
    if request.pull != "always":
        try:
            return find_image(home, request.image)
        except NotFoundError:
            if request.pull == "never":
                raise
    from pyker.engine.pull import pull
    from pyker.model.reference import parse_reference

    if request.pull != "always":
        report(f"Unable to find image '{parse_reference(request.image).familiar}' locally")
    return pull(home, request.image, platform=request.platform, report=report, wishes=request.wishes)


def _publish(home: "Home", staged: str, document: "dict[str, Any]", *, durable: bool) -> None:
    """Fill the directory *staged* and rename it into place; only a *durable* one must survive a power cut."""
    for part in ("upper", "work", "merged"):
        os.mkdir(f"{staged}/{part}", 0o700)
    os.chmod(f"{staged}/upper", 0o755)  # noqa: S103 - the mode of the container's "/"
    write(f"{staged}/config.json", document, durable=durable)
    os.rename(staged, container_path(home, document["id"]))
    if durable:
        sync_directory(home.below("containers"))


def withdraw(home: "Home", identity: str) -> None:
    """Undo a creation that did not end: its directory, then every name it holds."""
    remove_tree(home.below("creating", identity))
    names = home.below("names")
    for name in os.listdir(names) if os.path.isdir(names) else ():
        if id_of_name(home, name) == identity:
            release_name(home, name, identity)


def sweep(home: "Home") -> None:
    """Undo and finish what commands and supervisors that died left half done."""
    for identity in os.listdir(home.below("creating")):
        lock = take(home.below("creating", identity))
        if lock >= 0:
            withdraw(home, identity)
            os.close(lock)
    sweep_removing(home)
    if first_of_boot(home) or dead_runs(home):
        from pyker.engine.cleanup import tidy

        tidy(home)
