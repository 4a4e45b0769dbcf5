"""`pyker rm`: containers go, with all they wrote."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.cli.choosing import chosen
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
    timeout = _timeout(arguments)
    words = chosen(home, arguments)
    if arguments.flag("depend"):
        from pyker.engine.dependents import with_dependents

        words = with_dependents(home, words)

    def act(name: str) -> bool:
        try:
            remove(home, name, force=force, volumes=volumes, timeout=timeout)
        except NotFoundError as error:
            if not force:
                raise
            complain(f"Error: {error.message}")
            return False
        return True

    return each(words, act)


def _timeout(arguments: "Arguments") -> "float | None":
    if not arguments.given("time"):
        return None
    from pyker.cli.numbers import whole_number

    if not arguments.flag("force"):
        raise InvalidError("--force option must be specified to use the --time option")
    return float(whole_number(arguments, "time", 0))
