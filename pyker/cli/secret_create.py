"""`pyker secret create`."""

import os
import sys

from pyker.base.errors import InvalidError, NotFoundError, PykerError
from pyker.cli.output import say
from pyker.engine.secrets import MAX_BYTES, create_secret
from pyker.model.environment import labels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Keep a file, standard input or a variable as a secret, and print its id."""
    name, source = arguments.words
    if (driver := arguments.text("driver", "file")) != "file":
        raise InvalidError(f"secret driver {driver} not found", hint="there is only file")
    try:
        marks = labels(arguments.many("label"), ())
    except ValueError as error:
        raise InvalidError(str(error)) from None
    data = _variable(source) if arguments.flag("env") else _content(source)
    replace, ignore = arguments.flag("replace"), arguments.flag("ignore")
    if replace and ignore:
        raise InvalidError("--replace and --ignore exclude each other", code=125)
    say(create_secret(home, name, data, dict(marks), replace=replace, ignore=ignore))
    return 0


def _variable(name: str) -> bytes:
    value = os.environb.get(os.fsencode(name))
    if value is None:
        raise NotFoundError(f"cannot create store secret data: environment variable {name} is not set")
    return value


def _content(source: str) -> bytes:
    """One byte more than a secret may have at most, so that what is too large is told."""
    try:
        if source == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(source, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PykerError(f"open {source}: {error.strerror}") from None
