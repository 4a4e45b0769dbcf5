"""How much room a container takes."""

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def container_size(home: "Home", container: "Container") -> "tuple[int, int]":
    """(bytes written by the container, these and its image's), links counted once."""
    from pyker.engine.image_lookup import image_by_id

    own = tree_size(f"{container.path}/upper")
    image = image_by_id(home, container.image_id)
    return own, own + (image.size if image else 0)


def tree_size(path: str) -> int:
    """The bytes in the regular files below *path*; what vanishes meanwhile counts for nothing."""
    seen: "set[tuple[int, int]]" = set()
    total = 0
    pending = [path]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode):
                        pending.append(entry.path)
                    elif (status.st_dev, status.st_ino) not in seen and stat.S_ISREG(status.st_mode):
                        seen.add((status.st_dev, status.st_ino))
                        total += status.st_size
        except (FileNotFoundError, NotADirectoryError):
            continue
    return total
