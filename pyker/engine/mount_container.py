"""`container mount`: the root of a container made visible on the machine, until it is unmounted or a reboot.

A running container's own mount is cloned, so both see the same files. While it stays, a start uses it too.
Users have no mounts on the machine: theirs are in the namespace of `pyker unshare`.
"""

import errno
import os

from pyker.base.errors import ConflictError, NotFoundError, UnsupportedError
from pyker.base.locks import Lock
from pyker.engine.containers import all_containers, find_container, load_container
from pyker.engine.events import record_container
from pyker.kernel import mounts as m
from pyker.kernel.paths import O_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container


def mount_on_machine(home: "Home", text: str) -> str:
    """Mount the root of container *text*, when it is not mounted yet: its path.

    Raises NotFoundError; UnsupportedError for users outside of `pyker unshare`.
    """
    if home.rootless and os.geteuid() != 0:
        raise UnsupportedError(
            "only root can mount a container's root on the machine", hint="try: pyker unshare, then mount"
        )
    container = find_container(home, text)
    with Lock(f"{container.path}/lock"):
        current = load_container(home, container.id)
        if current is None:
            raise NotFoundError(f"No such container: {text} (removed meanwhile)")
        if not is_mounted(current):
            _mount(home, current)
            record_container(home, current, "mount")
    return _path(current)


def _mount(home: "Home", container: "Container") -> None:
    if container.has_process:
        from pyker.engine.bare_root import clone_mount

        tree = clone_mount(container.pid, rootless=home.rootless)
        target = os.open(_path(container), O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            m.move_mount(tree, target)
        finally:
            os.close(target)
            os.close(tree)
        return
    from pyker.engine.container_root import mount_container
    from pyker.engine.userns import current_maps

    maps = current_maps(home, container) if container.config["host"].get("UsernsMode") else None
    mount_container(home, container, maps)


def unmount_from_machine(home: "Home", text: str, *, force: bool = False) -> None:
    """Take that mount away; one that is not there is fine.

    Raises NotFoundError; ConflictError when somebody works in it, unless *force*.
    """
    container = find_container(home, text)
    if not is_mounted(container):
        return
    try:
        m.umount(_path(container), m.UMOUNT_NOFOLLOW | (m.DETACH if force else 0))
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise ConflictError(
                f"the root of container {text} is in use", hint="leave it, or use pyker unmount --force"
            ) from error
        if error.errno != errno.EINVAL:  # unmounted meanwhile
            raise
    record_container(home, container, "unmount")


def is_mounted(container: "Container") -> bool:
    """Whether the root of *container* is mounted where this process sees it."""
    return os.path.ismount(_path(container))


def mounted_containers(home: "Home") -> "list[tuple[Container, str]]":
    """The containers that are mounted, and where."""
    return [(one, _path(one)) for one in all_containers(home) if is_mounted(one)]


def _path(container: "Container") -> str:
    return f"{container.path}/merged"
