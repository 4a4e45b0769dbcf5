"""Values of options, read; an error names the option, the value and what is allowed."""

from pyker.cli.numbers import bad_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from pyker.cli.parse import Arguments

    T = TypeVar("T")


def read_value(arguments: "Arguments", name: str, read: "Callable[[str], T]", default: "T") -> "T":
    """The value of option *name*, which *read* understands; an error that names the option otherwise."""
    if not arguments.given(name):
        return default
    try:
        return read(arguments.text(name))
    except ValueError as error:
        raise bad_option(arguments, name, str(error)) from None


def read_values(arguments: "Arguments", name: str, read: "Callable[[str], T]") -> "tuple[T, ...]":
    """Every value of option *name* as *read* understands it."""
    found = []
    for text in arguments.many(name):
        try:
            found.append(read(text))
        except ValueError as error:
            raise bad_option(arguments, name, str(error), text) from None
    return tuple(found)
