"""`pyker unmount`: the roots of containers are no longer visible on the machine."""

from pyker.base.errors import InvalidError
from pyker.cli.choosing import latest_container
from pyker.cli.several import each
from pyker.engine.mount_container import mounted_containers, unmount_from_machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Unmount each container and echo its name."""
    words = list(arguments.words)
    if arguments.flag("latest"):
        words.append(latest_container(home).id)
    if arguments.flag("all"):
        words += [one.id for one, _ in mounted_containers(home)]
    elif not words:
        raise InvalidError("you must provide at least one container name or id", hint="pyker unmount --help")
    force = arguments.flag("force")
    return each(words, lambda word: unmount_from_machine(home, word, force=force))
