"""update: other limits for a container."""

import os

from pyker.base.errors import InvalidError
from pyker.base.jsonfile import loads, read_bytes
from pyker.base.units import parse_bytes
from pyker.cli.runtime.life import warner
from pyker.runtime.state import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given

# option -> (section, key) of OCI linux.resources
_NUMBERS = {
    "blkio-weight": ("blockIO", "weight"),
    "cpu-period": ("cpu", "period"),
    "cpu-quota": ("cpu", "quota"),
    "cpu-share": ("cpu", "shares"),
    "cpu-rt-period": ("cpu", "realtimePeriod"),
    "cpu-rt-runtime": ("cpu", "realtimeRuntime"),
    "pids-limit": ("pids", "limit"),
}
_TEXTS = {"cpuset-cpus": ("cpu", "cpus"), "cpuset-mems": ("cpu", "mems")}
_SIZES = {
    "memory": ("memory", "limit"),
    "memory-reservation": ("memory", "reservation"),
    "memory-swap": ("memory", "swap"),
}


def do_update(place: "Place", given: "Given") -> int:
    """Change the limits that were named."""
    from pyker.runtime.operate import update
    from pyker.runtime.validate_resources import validate_resources

    state = find(place.root, given.words[0])
    resources = _resources(given)
    validate_resources(resources)
    update(state, resources, warner(place))
    return 0


def _resources(given: "Given") -> "dict[str, Any]":
    if path := given.text("resources"):
        return _read(path)
    found: dict[str, Any] = {}
    for table, value in (
        (_NUMBERS, given.number),
        (_TEXTS, given.text),
        (_SIZES, lambda name: _size(given, name)),
    ):
        for name, (section, key) in table.items():
            if given.has(name):
                found.setdefault(section, {})[key] = value(name)
    return found


def _size(given: "Given", name: str) -> int:
    text = given.text(name)
    if text == "-1":
        return -1
    try:
        return parse_bytes(text)
    except (ValueError, InvalidError):
        raise InvalidError(f"invalid value for {name}: invalid size: '{text}'") from None


def _read(path: str) -> "dict[str, Any]":
    """OCI resources from a file, or "-" for standard input; null members say nothing."""
    data = b""
    if path == "-":
        while chunk := os.read(0, 65536):
            data += chunk
    else:
        try:
            data = read_bytes(path)
        except OSError as error:
            raise InvalidError(f"open {path}: {(error.strerror or '').lower()}") from error
    try:
        document = loads(data)
    except ValueError as error:
        raise InvalidError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise InvalidError(f"{path}: resources must be one object")
    return {key: value for key, value in document.items() if value is not None}
