"""`--replace`: a new container in the place of the one that has its name."""

from pyker.engine.apart import apart
from pyker.engine.containers import find_container, id_of_name
from pyker.engine.create import obtain_image
from pyker.engine.remove import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.model.request import RunRequest


def make_way(home: "Home", request: "RunRequest", report: "Callable[[str], None]") -> None:
    """Remove the container that has the name in *request*, running or not, as soon as its image is there.

    To be called before this process re-enters. Raises what `pull` and `remove` raise.
    """
    if not id_of_name(home, request.name):
        return
    apart(home, lambda: obtain_image(home, request, report))
    if identity := id_of_name(home, request.name):
        remove(home, find_container(home, identity).id, force=True)
