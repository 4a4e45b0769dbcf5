"""`pyker container clone`: a new container like another."""

from pyker.base.errors import InvalidError
from pyker.base.ids import new_id
from pyker.cli.output import say, warn
from pyker.cli.update import changes_of
from pyker.engine.apart import apart
from pyker.engine.clone import clone
from pyker.engine.containers import find_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Clone, change, remove the original and start, as asked; print the new id."""
    text, name, image = (*arguments.words, "", "")[:3]
    force, destroy = arguments.flag("force"), arguments.flag("destroy")
    if force and not destroy:
        raise InvalidError("cannot set --force without --destroy")
    original = find_container(home, text)
    identity = new_id()
    name = name or arguments.text("name")
    apart(home, lambda: clone(home, original, identity, warn, name=name, image=image))
    if changes := changes_of(arguments):
        from pyker.engine.update import update

        update(home, identity, changes, warn)
    if destroy:
        from pyker.engine.remove import remove

        remove(home, original.id, force=force)
    if arguments.flag("run"):
        from pyker.engine.start import start

        start(home, identity, warn=warn)
    say(identity)
    return 0
