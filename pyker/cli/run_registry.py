"""The options of `run` and `create` about the registry that the image comes from, should it be missing."""

from pyker.cli.registry_words import wishes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments


def read(arguments: "Arguments", _: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError for a value that makes no sense."""
    return {"wishes": wishes_of(arguments)}
