"""`pyker rm`: containers go, with all they wrote."""

from pyker.base.errors import NotFoundError
from pyker.cli.output import complain
from pyker.cli.several import each
from pyker.engine.remove import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Remove each container and echo its name; with --force one that is not there is no failure."""
    force, volumes = arguments.flag("force"), arguments.flag("volumes")

    def act(name: str) -> bool:
        try:
            remove(home, name, force=force, volumes=volumes)
        except NotFoundError as error:
            if not force:
                raise
            complain(f"Error: {error.message}")
            return False
        return True

    return each(arguments.words, act)
