"""`cp`: files between a container and this machine, two containers, or a tar stream."""

import errno
import os

from pyker.base.errors import ConflictError, InvalidError
from pyker.base.value import Value
from pyker.engine.container_root import ContainerRoots
from pyker.engine.containers import find_container
from pyker.engine.copy_places import End, Place, Source, open_source, open_target
from pyker.engine.copy_tree import Manner, TreeCopy, check
from pyker.engine.events import record_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps

    Owner = Callable[[int, int], tuple[int, int]]


class CopyRequest(Value):
    """What `cp` was asked."""

    source: End
    target: End
    archive: bool = False  # owners and privileges as at the source
    follow: bool = False
    overwrite: bool = False
    streams: "tuple[int, int]" = (0, 1)  # what "-" means


def copy(home: "Home", request: CopyRequest, warn: "Callable[[str], None]") -> int:
    """Do what *request* says; the size of what was copied, as a tar archive.

    Raises NotFoundError for a container or path that does not exist, InvalidError and ConflictError when
    source and target do not fit together. Nothing outside of the two is touched, whatever a container does.
    """
    _check(request)
    named = {end.container for end in (request.source, request.target) if end.container}
    containers = {text: find_container(home, text) for text in named}
    if not request.source.container and not request.source.is_stream:
        os.close(open_source(Place(), request.source.path, follow=request.follow).descriptor)
    with ContainerRoots(home, tuple(containers.values()), warn) as opened:

        def place(end: End) -> Place:
            if not end.container:
                return Place()
            return Place(opened.roots[containers[end.container].id], end.container)

        def maps(end: End) -> "Maps | None":
            return opened.maps.get(containers[end.container].id) if end.container else None

        both = (maps(request.source), maps(request.target))
        act = _Act(request, warn, opened.kernel_devices, both, rootless=home.rootless)
        try:
            size = act.run(place(request.source), place(request.target))
        except OSError as error:
            if error.errno == errno.EROFS and request.target.container:
                raise _read_only(containers[request.target.container]) from error
            raise
    for container in containers.values():
        record_container(home, container, "copy")
    return size


def _check(request: CopyRequest) -> None:
    source, target = request.source, request.target
    for end, word in ((source, "source"), (target, "destination")):
        if not end.path:
            raise InvalidError(f"{word} can not be empty", hint="write CONTAINER:PATH, or a path, or -")
    if not (source.container or target.container):
        raise InvalidError(
            "must specify at least one container source", hint="write one of the two as CONTAINER:PATH"
        )


def _read_only(container: "Container") -> ConflictError:
    if container.config["host"]["ReadonlyRootfs"]:
        return ConflictError("container rootfs is marked read-only")
    return ConflictError("mounted volume is marked read-only")


class _Act:
    """One copy between two open places."""

    def __init__(
        self,
        request: CopyRequest,
        warn: "Callable[[str], None]",
        closed: "frozenset[int]",
        maps: "tuple[Maps | None, Maps | None]",
        *,
        rootless: bool,
    ) -> None:
        self.rootless = rootless
        self.source_maps, self.target_maps = maps
        self.request = request
        self.warn = warn
        self.closed = closed

    def run(self, source: Place, target: Place) -> int:
        """Copy, by the kind of the two ends."""
        request = self.request
        if request.source.is_stream:
            from pyker.engine.copy_archive import unpack

            owner = self._owner(kept=True)
            return unpack(request.streams[0], target, request.target.path, request.overwrite, owner)
        found = open_source(source, request.source.path, follow=request.follow)
        try:
            if request.target.is_stream:
                from pyker.engine.copy_archive import pack

                return pack(found, request.streams[1], self.closed, self._owner(kept=True))
            return self._copy(found, target)
        finally:
            os.close(found.descriptor)

    def _copy(self, found: Source, target: Place) -> int:
        spot = open_target(target, self.request.target.path)
        try:
            to_container = bool(self.request.target.container)
            manner = Manner(
                overwrite=self.request.overwrite,
                owner=self._archived() if self.request.archive else self._owner(kept=False),
                keep_metadata=self.request.archive,
                keep_privileges=self.request.archive or to_container,
                make_devices=to_container,
                closed=self.closed,
            )
            named = check(found, spot)
            path = target.absolute(self.request.target.path).rstrip("/").removesuffix("/.")
            copied = TreeCopy(manner, self.warn, os.path.dirname(path) if spot.name else path)
            copied.run(found, named)
            return copied.size
        finally:
            os.close(spot.directory)

    def _archived(self) -> "Owner | None":
        """The same ids by number; for a user the same people, as the user's own files are those of its id."""
        whole = self.request.source.container and self.request.target.container
        if self.rootless and not whole:
            return lambda uid, gid: (uid, gid)
        return self._owner(kept=True)

    def _owner(self, *, kept: bool) -> "Owner | None":
        """Whose copies are: those of the same ids inside when *kept*, else of root where they go to."""
        source, target = self.source_maps, self.target_maps
        if not kept:
            root = target.owner(0, 0) if target else None
            return (lambda _uid, _gid: root) if root else None

        def same(uid: int, gid: int) -> "tuple[int, int]":
            ids = source.inside(uid, gid) if source else (uid, gid)
            return target.owner(*ids) if target else ids

        return same
