"""--rootfs: the first word of the command line is a directory instead of an image."""

import os

from pyker.base.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments


def read(arguments: "Arguments", _: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError when there is no such directory."""
    if not arguments.flag("rootfs"):
        return {}
    word = arguments.words[0]
    path, overlay = (word[:-2], True) if word.endswith(":O") else (word, False)
    if not os.path.isdir(path):
        raise InvalidError(
            f"--rootfs {word}: there is no such directory",
            hint="give a directory with a root file system; with :O changes go with the container",
            code=125,
        )
    return {"rootfs": (os.path.realpath(path), overlay)}
