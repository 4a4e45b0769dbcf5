"""`container prune`: every container that does not run goes."""

from pyker.base.errors import ConflictError
from pyker.engine.cleanup import tidy
from pyker.engine.containers import all_containers
from pyker.engine.remove import remove
from pyker.engine.size import tree_size
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyker.base.home import Home
    from pyker.model.container import Container


def prune(
    home: "Home", keep: "Callable[[Container], bool]", warn: "Callable[[str], None]"
) -> "Iterator[tuple[str, int]]":
    """Remove the containers that do not run, but for those that *keep* says; the id and size of each.

    One that is started meanwhile stays. What killed commands left of others goes too.
    """
    reenter(home, warn)  # nothing that runs is touched, so nothing has to be signalled
    for container in all_containers(home):
        if container.is_active or keep(container):
            continue
        size = tree_size(f"{container.path}/upper")
        try:
            remove(home, container.id)
        except ConflictError:
            continue
        yield container.id, size
    tidy(home)
