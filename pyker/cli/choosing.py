"""Which containers a command is for: those named, or meant by --all, --latest, --filter or --cidfile."""

import os

from pyker.base.errors import InvalidError, NotFoundError
from pyker.engine.containers import find_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.model.container import Container

SELECTORS = ("all", "latest", "filter", "cidfile")


def chosen(
    home: "Home", arguments: "Arguments", fits: "Callable[[Container], bool]" = lambda _: True
) -> "list[str]":
    """The words for the containers to act on; of all, the latest or the filtered only those that *fits*.

    With --ignore those that do not exist are left out. Raises UsageError when there is nothing to go by.
    """
    words = list(arguments.words)
    if any(arguments.given(name) for name in SELECTORS):
        words += _selected(home, arguments, words, fits)
    elif not words:
        too_few(arguments)
    if arguments.flag("ignore"):
        return [word for word in words if _exists(home, word)]
    return words


def _selected(
    home: "Home", arguments: "Arguments", words: "list[str]", fits: "Callable[[Container], bool]"
) -> "list[str]":
    everything, latest = arguments.flag("all"), arguments.flag("latest")
    if (everything or latest) and (words or arguments.many("cidfile")):
        raise InvalidError("--all, --latest and arguments cannot be used together")
    if everything and latest:
        raise InvalidError("--all and --latest cannot be used together")
    found = [_read(path, arguments) for path in arguments.many("cidfile")]
    if everything or latest or arguments.many("filter"):
        found += _of_all(home, arguments, fits, latest=latest)
    return [word for word in found if word]


def _of_all(
    home: "Home", arguments: "Arguments", fits: "Callable[[Container], bool]", *, latest: bool
) -> "list[str]":
    from pyker.cli.filters import read_filters
    from pyker.cli.ps import FILTERS, Keep
    from pyker.engine.containers import all_containers

    keep = Keep(home, read_filters(arguments.many("filter"), FILTERS))
    known = all_containers(home)[: 1 if latest else None]
    return [one.id for one in known if (latest or fits(one)) and keep(one)]


def _read(path: str, arguments: "Arguments") -> str:
    """The id in the file at *path*; "" when it is missing and that was to be ignored."""
    if arguments.flag("ignore") and not os.path.exists(path):
        return ""
    return read_cidfile(path)


def read_cidfile(path: str) -> str:
    """The id in the file at *path*. Raises NotFoundError when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(200).strip()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NotFoundError(f"reading CIDFile: open {path}: {reason}") from None


def _exists(home: "Home", word: str) -> bool:
    try:
        find_container(home, word)
    except NotFoundError:
        return False
    return True


def too_few(arguments: "Arguments", least: int = 1, count: int = 0) -> "NoReturn":
    """Docker's words for a line with *count* words where *least* are needed; Typer's tree knows the usage."""
    from pyker.cli.tree.app import DEFINITIONS
    from pyker.cli.tree.mistakes import check_count

    definition = next(one for one in DEFINITIONS if arguments.command in one.paths)
    check_count(f"pyker {arguments.command}", definition.replace(least=least), count)
    raise AssertionError  # check_count has raised


def latest_container(home: "Home") -> "Container":
    """The container created last; NotFoundError when there is none."""
    from pyker.engine.containers import all_containers

    for one in all_containers(home):
        return one
    raise NotFoundError("there is no container", hint="pyker ps -a lists the containers there are")
