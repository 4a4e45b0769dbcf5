"""Mounts that are more than a clone of a directory: images, overlays, other ids, parts, shared ones.

The supervisor makes each as a detached tree, which the container's first process inherits as a descriptor
and attaches inside its root. What is to share its mounts with the host is cloned before the supervisor
leaves the host's mount namespace: see "Shared subtrees" in mount_namespaces(7).
"""

import os

from pyker.base.errors import InvalidError, NotFoundError, PykerError, UnsupportedError
from pyker.engine.image_lookup import find_image, lower_directories
from pyker.kernel import mounts as m
from pyker.kernel.paths import CLOEXEC_DIRECTORY, O_PATH, fd_path, open_in_root
from pyker.kernel.tree import remove_tree
from pyker.model.idmap import IdMap, parse_idmap
from pyker.mount.driver import FUSE, OPTIONS, VFS, choose_driver
from pyker.namespaces.maps import Maps, user_namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.model.request import RunRequest

    MountDocument = dict[str, Any]

_EMPTY = m.OPEN_TREE_CLONE | m.AT_EMPTY_PATH
_SHARING = ("slave", "rslave", "shared", "rshared")


def obtain_images(home: "Home", request: "RunRequest", report: "Callable[[str], None]") -> "RunRequest":
    """*request* with the images among its mounts named by id, pulled when they are missing."""
    from pyker.engine.create import obtain_image

    volumes = []
    for volume in request.volumes:
        if volume.image:
            found = obtain_image(home, request.replace(image=volume.source), report)
            volume = volume.replace(source=found.id)
        volumes.append(volume)
    return request.replace(volumes=tuple(volumes))


class Trees:
    """The detached trees of a start, by destination, put into *found*."""

    def __init__(
        self,
        home: "Home",
        container: "Container",
        maps: "Maps | None",
        documents: "Sequence[MountDocument]",
        found: "dict[str, int]",
    ) -> None:
        self.found = found
        self._home = home
        self._container = container
        self._maps = maps
        self._documents = documents
        self._peers: "list[tuple[str, int]]" = []  # what stands for the host's mounts in our own namespace

    def open_on_host(self) -> None:
        """Clone what is to share mounts with the host; InvalidError when the host shares none."""
        for document in self._documents:
            if document["Propagation"] not in _SHARING:
                continue
            source, mode = document["Source"], document["Propagation"]
            if not self._home.rootless:
                _check_sharing(source, mode)
            self.found[document["Destination"]] = _clone(document)
            if mode.endswith("shared"):
                self._peers.append((source, _clone(document)))

    def make(self) -> None:
        """Make the others, in a mount namespace of our own."""
        for source, tree in self._peers:  # a restart by this process begins from here, not from the host
            with _Opened(source) as target:
                m.move_mount(tree, target)
            os.close(tree)
        for number, document in enumerate(self._documents):
            if document["Destination"] not in self.found:
                self.found[document["Destination"]] = self._make(document, number)
            if word := _word(document, "idmap"):
                self._map_ids(self.found[document["Destination"]], document, parse_idmap(word))

    def _make(self, document: "MountDocument", number: int) -> int:
        try:
            if document["Type"] == "image":
                return self._image(document, number)
            if _word(document, "O"):
                return self._overlay(document, number)
            return _clone(document)
        except OSError as error:
            what = error.filename if isinstance(error.filename, str) else document["Source"]
            reason = f"{error.strerror}: {what}" if what else error.strerror
            raise PykerError(
                f"cannot mount {document['Source']} at {document['Destination']}: {reason}"
            ) from error

    def _image(self, document: "MountDocument", number: int) -> int:
        image = find_image(self._home, document["Source"])
        lowers = lower_directories(self._home, image) or [self._empty()]
        if self._maps is None:
            return self._stack(document, lowers, number)
        if self._home.rootless:
            from pyker.engine.mapped_root import shifted

            return self._stack(document, shifted(lowers, self._maps), number)
        from pyker.mount.idmapped import Idmapped

        userns = user_namespace(self._maps)
        try:
            with Idmapped(lowers, userns):
                return self._stack(document, lowers, number)
        finally:
            os.close(userns)

    def _empty(self) -> str:
        path = f"{self._container.path}/empty"
        os.makedirs(path, 0o755, exist_ok=True)
        return path

    def _overlay(self, document: "MountDocument", number: int) -> int:
        return self._stack(document, [document["Source"]], number)

    def _stack(self, document: "MountDocument", lowers: "list[str]", number: int) -> int:
        """The directories *lowers*, stacked, below a writable one unless *document* is read-only."""
        driver = choose_driver(self._home, self._home.rootless)[0]
        if not document["RW"] and len(lowers) == 1 and not _word(document, "upperdir"):
            with _Opened(lowers[0]) as place:
                return _part(place, document)
        if driver in (FUSE, VFS):
            raise UnsupportedError(
                f"{document['Destination']}: driver {driver} cannot stack directories here"
            )
        writable = document["RW"] or _word(document, "upperdir")
        uppers = self._uppers(document, lowers[-1], number) if writable else []
        return self._mount(document, lowers, uppers, OPTIONS[driver])

    def _uppers(self, document: "MountDocument", like: str, number: int) -> "list[str]":
        """Upper and work directory: the user's own, or new ones that nobody sees after this run."""
        own = [_word(document, name).partition("=")[2] for name in ("upperdir", "workdir")]
        if all(own):
            return own
        place = f"{self._container.path}/overlays/{number}"
        remove_tree(place)
        os.makedirs(f"{place}/upper", 0o700)
        os.mkdir(f"{place}/work", 0o700)
        status = os.stat(like)
        owner = (status.st_uid, status.st_gid)
        if document["Type"] == "image" and self._maps is not None and not self._home.rootless:
            owner = self._maps.owner(*owner)
        os.chown(f"{place}/upper", *owner)
        os.chmod(f"{place}/upper", status.st_mode & 0o7777)
        return [f"{place}/upper", f"{place}/work"]

    def _mount(
        self, document: "MountDocument", lowers: "list[str]", uppers: "list[str]", options: str
    ) -> int:
        """Mounted at a place of ours, cloned, and taken away again; directories are named by descriptors."""
        scratch = self._home.below("scratch")
        os.makedirs(scratch, 0o700, exist_ok=True)
        opened: "list[int]" = []
        try:
            for path in (*lowers, *uppers):
                opened.append(os.open(path, CLOEXEC_DIRECTORY))
            names = [fd_path(descriptor) for descriptor in opened]
            words = [f"lowerdir={':'.join(names[: len(lowers)])}"]
            if uppers:
                words += [f"upperdir={names[-2]}", f"workdir={names[-1]}"]
            m.mount("overlay", scratch, "overlay", 0, ",".join([*words, options]))
        finally:
            for descriptor in opened:
                os.close(descriptor)
        try:
            with _Opened(scratch) as place:
                return _part(place, document)
        finally:
            m.umount(scratch, m.DETACH)

    def _map_ids(self, tree: int, document: "MountDocument", wanted: IdMap) -> None:
        where = f"cannot map the ids of {document['Source']} at {document['Destination']}"
        if self._maps is None and (wanted.follows or wanted.relative_uids or wanted.relative_gids):
            raise InvalidError(
                f"{where}: the container has no user namespace",
                hint="give it one (--userns, --uidmap), or say idmap=uids=FROM-TO-COUNT;gids=FROM-TO-COUNT",
            )
        userns = user_namespace(_rows(wanted, self._maps))
        try:
            m.set_attributes(tree, add=m.ATTR_IDMAP, userns=userns)
        except OSError as error:
            raise UnsupportedError(
                f"{where}: {error.strerror}",
                hint="only root may, and only where the file system supports idmapped mounts",
            ) from error
        finally:
            os.close(userns)


class _Opened:
    """In a `with`: a descriptor for the place *path*."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> int:
        self._descriptor = os.open(self._path, O_PATH | os.O_CLOEXEC)
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _word(document: "MountDocument", name: str) -> str:
    """The word *name* or *name*=… among the options of *document*, or ""."""
    words = document["Mode"].split(",")
    return next((word for word in words if word.partition("=")[0] == name), "")


def _clone(document: "MountDocument") -> int:
    """A detached clone of the source of *document*, by default with all that is mounted below."""
    try:
        with _Opened(document["Source"]) as place:
            return _part(place, document)
    except FileNotFoundError:
        raise NotFoundError(
            f'invalid mount config for type "bind": bind source path does not exist: {document["Source"]}'
        ) from None


def _part(place: int, document: "MountDocument") -> int:
    """A clone of the open *place*, or of what the subpath of *document* names inside it."""
    flags = _EMPTY | (0 if _word(document, "bind") else m.AT_RECURSIVE)
    if not document.get("Subpath"):
        return m.open_tree(place, "", flags)
    try:
        part = open_in_root(place, document["Subpath"], O_PATH)
    except OSError as error:
        raise NotFoundError(
            f"cannot access path {document['Subpath']} of {document['Source']}: {error.strerror}"
        ) from None
    try:
        return m.open_tree(part, "", flags)
    finally:
        os.close(part)


def _rows(wanted: IdMap, maps: "Maps | None") -> Maps:
    """The rows of a user namespace whose mounts show ids as *wanted*."""
    if wanted.follows and maps is not None:
        return maps
    uids, gids = wanted.uids, wanted.gids
    if maps is not None and wanted.relative_uids:
        uids = tuple((inside, maps.owner(other, 0)[0], count) for inside, other, count in uids)
    if maps is not None and wanted.relative_gids:
        gids = tuple((inside, maps.owner(0, other)[1], count) for inside, other, count in gids)
    return Maps(uids, gids)


def _check_sharing(source: str, mode: str) -> None:
    """Refuse a *source* whose mount on the host does not pass on what the container shall share."""
    place, tags = _mount_of(os.path.realpath(source))
    if "shared:" in tags or ("master:" in tags and mode.endswith("slave")):
        return
    kinds = "shared" if mode.endswith("shared") else "shared or slave"
    raise InvalidError(f"path {source} is mounted on {place} but it is not a {kinds} mount", code=125)


def _mount_of(path: str) -> "tuple[str, str]":
    """Mount point and optional fields of the mount that *path* is on. See proc_pid_mountinfo(5)."""
    found = ("/", "")
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            fields = line.partition(" - ")[0].split(" ")
            point = fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
            inside = path == point or path.startswith(f"{point.rstrip('/')}/")
            if inside and len(point) >= len(found[0]):
                found = (point, " ".join(fields[6:]))
    return found
