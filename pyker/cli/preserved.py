"""--preserve-fd and --preserve-fds: which descriptors of the command the container's program gets."""

import fcntl

from pyker.base.errors import InvalidError
from pyker.cli.numbers import bad_option, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

LOWEST = 3
MOST = 1 << 16


def read(arguments: "Arguments", _: "dict[str, Any]") -> "dict[str, Any]":
    """The field of a RunRequest."""
    return {"descriptors": preserved(arguments)}


def preserved(arguments: "Arguments") -> "tuple[int, ...]":
    """The descriptors asked for; InvalidError for one that was not passed to this command."""
    if arguments.given("preserve_fd") and arguments.given("preserve_fds"):
        raise InvalidError("cannot specify both --preserve-fds and --preserve-fd", code=125)
    count = whole_number(arguments, "preserve_fds", 0)
    if not 0 <= count <= MOST:
        raise bad_option(arguments, "preserve_fds", f"must be a number from 0 to {MOST}")
    numbers = [_number(arguments, word) for text in arguments.many("preserve_fd") for word in text.split(",")]
    option = "preserve-fd" if numbers else "preserve-fds"
    numbers += range(LOWEST, LOWEST + count)
    for number in numbers:
        _check_inherited(number, option)
    return tuple(dict.fromkeys(numbers))


def _number(arguments: "Arguments", word: str) -> int:
    if not (word.isascii() and word.isdecimal() and LOWEST <= int(word) <= MOST):
        raise bad_option(arguments, "preserve_fd", f"must be numbers from {LOWEST} up, and commas", word)
    return int(word)


def _check_inherited(number: int, option: str) -> None:
    """Our own descriptors are close-on-exec, so that none of them is mistaken for one passed to us."""
    try:
        passed = not fcntl.fcntl(number, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    except OSError:
        passed = False
    if not passed:
        raise InvalidError(
            f"file descriptor {number} is not available - the {option} option requires that file descriptors "
            "must be passed",
            hint=f"open it in the shell: {number}<FILE",
            code=125,
        )
