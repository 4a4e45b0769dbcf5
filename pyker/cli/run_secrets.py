"""`--secret` of `run` and `create`."""

from pyker.cli.values import read_values
from pyker.model.secret import parse_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments


def read(arguments: "Arguments", _: "dict[str, Any]") -> "dict[str, Any]":
    """The field of a RunRequest; InvalidError for a value that makes no sense."""
    return {"secrets": read_values(arguments, "secret", parse_secret)}
