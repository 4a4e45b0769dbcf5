"""The rare options of `run` and `create` about files and devices."""

from pyker.cli.values import read_value
from pyker.model.volume import TmpfsMount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

IMAGE_VOLUMES = ("bind", "anonymous", "tmpfs", "ignore")
_OPTIONS = ("exec", "tmpcopyup")


def read(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError for a value that makes no sense."""
    found: "dict[str, Any]" = {}
    if arguments.given("gpus"):
        from pyker.engine.cdi import gpu_names

        nothing: "tuple[str, ...]" = ()
        names = read_value(arguments, "gpus", gpu_names, nothing)
        found["devices"] = (*values.get("devices", ()), *names)
    if arguments.given("image_volume"):
        found["image_volume"] = read_value(arguments, "image_volume", _image_volume, "")
    if arguments.flag("read_only_tmpfs") and arguments.flag("read_only"):
        found["tmpfs"] = (*_scratch(values), *values.get("tmpfs", ()))
    return found


def _image_volume(text: str) -> str:
    if text not in IMAGE_VOLUMES:
        raise ValueError("must be bind, tmpfs or ignore")
    return text


def _scratch(values: "dict[str, Any]") -> "list[TmpfsMount]":
    taken = {one.target.rstrip("/") for name in ("tmpfs", "volumes") for one in values.get(name, ())}
    places = {"/run": "mode=755", "/tmp": "mode=1777", "/var/tmp": "mode=1777"}  # noqa: S108 - the container's
    return [TmpfsMount(path, (*_OPTIONS, mode)) for path, mode in places.items() if path not in taken]
