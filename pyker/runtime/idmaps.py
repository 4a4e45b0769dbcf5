"""Bind mounts whose files have other owners inside: "idmap", "ridmap" and mappings of a config's mounts.

Only the parent has the host's rights over the file systems, so it makes them as detached trees that the
child attaches. See "ID-mapped mounts" in mount_setattr(2).
"""

import os

from pyker.base.errors import InvalidError, PykerError
from pyker.kernel import mounts as m
from pyker.mount.apply import clone_source, options_of
from pyker.namespaces.maps import Maps, user_namespace
from pyker.runtime.ids import maps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def mapped_trees(spec: "dict[str, Any]") -> "dict[str, int]":
    """A detached tree for each mount of *spec* that wants other ids, by destination.

    InvalidError where there are no mappings to take, PykerError where the kernel or the file system cannot.
    """
    found: dict[str, int] = {}
    try:
        for mount in spec["mounts"]:
            if options_of(mount).idmap or mount.get("uidMappings") or mount.get("gidMappings"):
                found[mount["destination"]] = _tree(mount, maps_of(spec))
    except BaseException:
        for tree in found.values():
            os.close(tree)
        raise
    return found


def _tree(mount: "dict[str, Any]", container: Maps) -> int:
    options, destination = options_of(mount), mount["destination"]
    own = maps_of({"linux": mount})
    maps = own if own.uids or own.gids else container
    if not options.bind:
        raise InvalidError(f"mount {destination}: only bind mounts can have ids of their own")
    if not maps.uids or not maps.gids:
        raise InvalidError(
            f"mount {destination}: idmap needs uidMappings and gidMappings, of the mount or of the container"
        )
    tree = clone_source(mount["source"], options)
    namespace = user_namespace(maps)
    try:
        m.set_attributes(tree, add=m.ATTR_IDMAP, userns=namespace, recursive=options.idmap == "ridmap")
    except OSError as error:
        os.close(tree)
        reason = os.strerror(error.errno or 0).lower()
        raise PykerError(f"cannot map the ids of mount {destination}: {reason}", code=125) from error
    finally:
        os.close(namespace)
    return tree
