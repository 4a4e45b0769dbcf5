"""Volumes on disk: volumes/<name>/_data is what containers see, volume.json what we know about it."""

import errno
import os
import time

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, InvalidError, NotFoundError
from pyker.base.ids import check_name, new_id
from pyker.base.value import Value
from pyker.kernel.tree import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pyker.base.home import Home


class Volume(Value):
    """A volume as volume.json has it."""

    name: str
    place: str  # the directory that holds _data and volume.json
    created: str = ""
    anonymous: bool = False
    fresh: bool = False  # no container has seen it yet
    labels: "tuple[tuple[str, str], ...]" = ()
    options: "tuple[tuple[str, str], ...]" = ()
    container: str = ""  # whose anonymous volume it is

    @property
    def data(self) -> str:
        """The directory that containers see."""
        return os.path.join(self.place, "_data")


def volume_place(home: "Home", name: str) -> str:
    """Where volume *name* lives; InvalidError, in Docker's words, for what can be no volume's name."""
    try:
        check_name(name, "volume")
    except InvalidError:
        raise InvalidError(
            f'create {name}: "{name}" includes invalid characters for a local volume name, '
            'only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. '
            "If you intended to pass a host directory, use absolute path"
        ) from None
    return home.below("volumes", name)


def load_volume(home: "Home", name: str) -> Volume:
    """Volume *name*; NotFoundError in Docker's words. A damaged volume.json costs only what it said."""
    place = volume_place(home, name)
    if not os.path.isdir(f"{place}/_data"):
        raise NotFoundError(f"get {name}: no such volume")
    try:
        record = jsonfile.read(f"{place}/volume.json")
    except (FileNotFoundError, CorruptError):
        record = {}
    return _volume(name, place, record if isinstance(record, dict) else {})


def _volume(name: str, place: str, record: "dict[str, Any]") -> Volume:
    return Volume(
        name,
        place,
        created=record.get("created", ""),
        anonymous=record.get("anonymous", False),
        fresh=record.get("fresh", False),
        labels=tuple((record.get("labels") or {}).items()),
        options=tuple((record.get("options") or {}).items()),
        container=record.get("container", ""),
    )


def save_volume(volume: Volume, *, durable: bool = True) -> None:
    """Write volume.json of *volume*."""
    record = {
        "version": 1,
        "name": volume.name,
        "driver": "local",
        "created": volume.created,
        "anonymous": volume.anonymous,
        "fresh": volume.fresh,
        "labels": dict(volume.labels),
        "options": dict(volume.options),
        "container": volume.container,
    }
    jsonfile.write(os.path.join(volume.place, "volume.json"), record, durable=durable)


def create_volume(
    home: "Home",
    name: str = "",
    *,
    labels: "Mapping[str, str] | None" = None,
    options: "Mapping[str, str] | None" = None,
    container: str = "",
) -> Volume:
    """Volume *name*, made when there is none yet; an anonymous one, of *container*, when *name* is empty.

    Built aside and renamed, so that of two commands that make it at once both get the same one.
    """
    wanted = name or new_id()
    place = volume_place(home, wanted)
    try:
        return load_volume(home, wanted)
    except NotFoundError:
        pass
    aside = home.below("volumes", f".new-{new_id()}")
    os.makedirs(aside, 0o700)
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    volume = Volume(
        wanted,
        aside,
        created,
        anonymous=not name,
        fresh=True,
        labels=tuple((labels or {}).items()),
        options=tuple((options or {}).items()),
        container=container,
    )
    try:
        os.mkdir(volume.data)
        os.chmod(volume.data, 0o755)  # noqa: S103 - containers have other users, whatever the umask is
        save_volume(volume, durable=bool(name))
        _publish(aside, place, durable=bool(name))
    except BaseException:
        remove_tree(aside)
        raise
    return load_volume(home, wanted)


def _publish(aside: str, place: str, *, durable: bool) -> None:
    try:
        os.rename(aside, place)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        remove_tree(aside)  # another command was faster: its volume is as good
        return
    if durable:
        jsonfile.sync_directory(os.path.dirname(place))


def list_volumes(home: "Home") -> "list[Volume]":
    """Every volume, by name."""
    try:
        names = sorted(name for name in os.listdir(home.below("volumes")) if not name.startswith("."))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        try:
            found.append(load_volume(home, name))
        except NotFoundError:  # removed meanwhile
            continue
    return found


def delete_volume(home: "Home", name: str) -> None:
    """Delete volume *name* with its data; NotFoundError when there is none. Needs no free disk block."""
    place = volume_place(home, name)
    gone = home.below("volumes", f".gone-{new_id()}")
    try:
        os.rename(place, gone)
    except FileNotFoundError:
        raise NotFoundError(f"get {name}: no such volume") from None
    remove_tree(gone)


def sweep_volumes(home: "Home", patience: int = 3600) -> None:
    """Delete what commands that died were making or removing more than *patience* seconds ago."""
    try:
        names = [name for name in os.listdir(home.below("volumes")) if name.startswith(".")]
    except FileNotFoundError:
        return
    for name in names:
        path = home.below("volumes", name)
        try:
            old = os.stat(path).st_ctime < time.time() - patience
        except FileNotFoundError:
            continue
        if old:
            remove_tree(path)
