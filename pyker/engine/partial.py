"""What an interrupted pull had fetched of a layer: `partial/<hex>`, for the next one to go on from.

A layer on its way is a file in a staging directory that says whose it is. Who finds such a directory of a
dead process, or gives up itself, moves the file here; one rename gives it to the next who wants the layer.
Nothing of it is believed: the digest is that of all bytes, those from here included.
"""

import os
import time

from pyker.base.home import Home
from pyker.base.jsonfile import read_bytes, write_bytes
from pyker.image import blobs
from pyker.kernel.staging import Staging, is_nearly_full, sweep
from pyker.kernel.tree import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST = 1 << 16  # bytes worth keeping
KEPT = 7 * 24 * 3600.0  # seconds for somebody to go on
_WANTED, _BEGUN, _BLOB = "wanted", "begun", "blob"
_CHUNK = 1 << 20


def begin(home: Home, staging: Staging, digest: str) -> int:
    """Say that the blob in *staging* is to become *digest*; how many bytes of it are here from before."""
    write_bytes(staging.below(_WANTED), digest[7:].encode(), durable=False)
    try:
        os.rename(_path(home, digest[7:]), staging.below(_BEGUN))
        return os.stat(staging.below(_BEGUN)).st_size
    except FileNotFoundError:
        return 0


def begun(staging: Staging) -> "Iterator[bytes]":
    """The bytes that *begin* told of, at most 1 MiB at a time."""
    with open(staging.below(_BEGUN), "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def keep(home: Home, place: str) -> None:
    """Move what the staging directory *place* has of a layer to where the next pull looks.

    On a disk nearly full it is left to go with the directory.
    """
    try:
        name = read_bytes(f"{place}/{_WANTED}", 64).decode()
        sizes = {file: _size(f"{place}/{file}") for file in (_BLOB, _BEGUN)}
        file = max(sizes, key=lambda one: sizes[one])
        if sizes[file] >= max(LEAST, _size(_path(home, name)) + 1) and not is_nearly_full(home.graph):
            os.makedirs(home.below("partial"), 0o700, exist_ok=True)
            os.rename(f"{place}/{file}", _path(home, name))
    except FileNotFoundError:
        return  # none of a pull, or whole already


def sweep_staging(home: Home, parent: str) -> None:
    """Remove the staging directories below *parent* whose makers are dead, and partial layers grown old.

    On a disk nearly full all of these go.
    """
    sweep(parent, lambda place: keep(home, place))
    forget(home, lambda name: _is_idle(home, name) or is_nearly_full(home.graph))


def forget(home: Home, chosen: "Callable[[str], bool]" = lambda _: True) -> None:
    """Remove the partial layers that are *chosen* by the digits of their digests."""
    try:
        names = os.listdir(home.below("partial"))
    except FileNotFoundError:
        return
    for name in names:
        if chosen(name):
            remove_tree(_path(home, name))


def _is_idle(home: Home, name: str) -> bool:
    """Whether nobody will go on with it: it came whole meanwhile, or is too old."""
    try:
        age = time.time() - os.stat(_path(home, name)).st_mtime
    except FileNotFoundError:
        return False
    return age > KEPT or os.path.exists(blobs.path_of(home, f"sha256:{name}"))


def _path(home: Home, name: str) -> str:
    return home.below("partial", name)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return -1
