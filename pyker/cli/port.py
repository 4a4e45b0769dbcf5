"""`pyker port`: where the ports of a container can be reached."""

from pyker.base.errors import InvalidError
from pyker.base.ids import short
from pyker.cli.output import say
from pyker.engine.containers import all_containers, find_container
from pyker.engine.port import addresses_of, published_ports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.model.container import Container


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the ports of one container, one of them, or those of all."""
    words = list(arguments.words)
    if arguments.flag("all"):
        if words or arguments.flag("latest"):
            raise InvalidError("--all takes no arguments")
        lines = [f"{short(one.id)}\t{line}" for one in all_containers(home) for line in _lines(one)]
    else:
        container, name = _named(home, arguments, words)
        lines = addresses_of(container, name, words[0]) if words else _lines(container)
    if lines:
        say("\n".join(lines))
    return 0


def _named(home: "Home", arguments: "Arguments", words: "list[str]") -> "tuple[Container, str]":
    if arguments.flag("latest"):
        found = all_containers(home)[:1]
        if not found:
            raise InvalidError("there is no container")
        return found[0], found[0].name
    if not words:
        raise InvalidError("you must supply a running container name or id", hint="pyker port --help")
    name = words.pop(0)
    return find_container(home, name), name


def _lines(container: "Container") -> "list[str]":
    return [f"{key} -> {address}" for key, addresses in published_ports(container) for address in addresses]
