"""`pyker rmi`: names of images, and images without a name left."""

from pyker.base.errors import NotFoundError
from pyker.cli.output import complain, say
from pyker.cli.several import each
from pyker.engine.collect import sweep_aside
from pyker.engine.remove_image import remove_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Remove each image and say what was untagged and deleted.

    An id that is listed once for each of its tags (`images | awk '{print $3}'`) is no failure the
    second time.
    """
    force = arguments.flag("force")
    done: "set[str]" = set()

    def act(name: str) -> None:
        try:
            lines = remove_image(home, name, force=force)
        except NotFoundError as error:
            if name not in done and not force:
                raise
            if name not in done:
                complain(f"Error: {error.message}")
            return
        done.add(name)
        say("\n".join(lines))

    status = each(arguments.words, act, echo=False)
    if done:
        sweep_aside(home)
    return status
