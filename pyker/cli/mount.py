"""`pyker mount`: the roots of containers, visible on the machine."""

from pyker.base.ids import short
from pyker.cli.choosing import latest_container
from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import say
from pyker.cli.several import each
from pyker.engine.containers import all_containers
from pyker.engine.mount_container import mount_on_machine, mounted_containers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.model.container import Container

COLUMNS = Columns(("ID", "Mountpoint"), {"ID": "CONTAINER ID", "Mountpoint": "MOUNTPOINT"})


def main(home: "Home", arguments: "Arguments") -> int:
    """Mount containers and print where; without any, list those that are mounted."""
    words = list(arguments.words)
    if arguments.flag("latest"):
        words.append(latest_container(home).id)
    if arguments.flag("all"):
        words += [one.id for one in all_containers(home)]
    if not words:
        _list(home, arguments)
        return 0
    several = len(words) > 1

    def act(word: str) -> None:
        path = mount_on_machine(home, word)
        say(f"{word} {path}" if several else path)

    return each(words, act, echo=False)


def _list(home: "Home", arguments: "Arguments") -> None:
    trunc = not arguments.flag("no_trunc")
    format = arguments.text("format")
    found = mounted_containers(home)
    if not format and found:
        say("\n".join(f"{short(one.id) if trunc else one.id}  {path}" for one, path in found))
    elif format:
        print_listing([_row(one, path) for one, path in found], COLUMNS, format)


def _row(one: "Container", path: str) -> Row:
    return Row({"ID": lambda: one.id, "Mountpoint": lambda: path, "Names": lambda: one.name})
