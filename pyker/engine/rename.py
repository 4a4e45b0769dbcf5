"""`rename`: a container gets another name, which it alone holds from then on."""

from pyker.base.errors import ConflictError, InvalidError, NotFoundError
from pyker.base.ids import check_name
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.engine.containers import find_container, load_container
from pyker.engine.events import record_container
from pyker.engine.names import release_name, take_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home


def rename(home: "Home", text: str, name: str) -> None:
    """Give container *text* the name *name*.

    Raises NotFoundError, InvalidError for a name that is none, ConflictError for one that is taken. A crash
    leaves the old name or the new one in use; what else it left is free for whoever asks for it.
    """
    if not text or not name:
        raise InvalidError("Neither old nor new names may be empty")
    container = find_container(home, text)
    new = check_name(name.removeprefix("/"))
    try:
        with Lock(f"{container.path}/lock"):
            current = load_container(home, container.id)
            if current is None:
                raise FileNotFoundError
            if new == current.name:
                raise ConflictError("Renaming a container with the same name as its current name")
            take_name(home, new, current.id, aside=f"{current.path}/name")
            write(f"{current.path}/config.json", {**current.config, "name": new})
            release_name(home, current.name, current.id)
            record_container(home, current, "rename", name=new, oldName=f"/{current.name}")
    except FileNotFoundError:
        raise NotFoundError(f"No such container: {text} (removed meanwhile)") from None
