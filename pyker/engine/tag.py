"""`tag` and `untag`: an image's names."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.home import Home
from pyker.engine.events import record
from pyker.engine.image_lookup import find_in
from pyker.image import index
from pyker.model.image import Image
from pyker.model.reference import parse_reference, split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def tag(home: Home, source: str, target: str) -> None:
    """Name the image *source* also *target*; a name that another image has moves.

    Raises NotFoundError for an unknown image, InvalidError for a bad name.
    """
    reference = parse_reference(target)
    if reference.digest:
        raise InvalidError("refusing to create a tag with a digest reference", hint=f"you typed {target!r}")
    with index.lock(home):
        known = index.Index(home)
        image = find_in(known, source)
        known.names[reference.canonical] = image.id
        known.save()
    record(home, "image", "tag", image.id, name=reference.familiar)


def untag(home: Home, source: str, names: "Sequence[str]" = ()) -> None:
    """Take *names* away from the image *source*, all it has when none are given; the image stays.

    Raises NotFoundError when it has not one of them; then it keeps all.
    """
    wanted = [parse_reference(name).canonical for name in names]
    with index.lock(home):
        known = index.Index(home)
        image = find_in(known, source)
        for name in wanted:
            if name not in image.names:
                raise NotFoundError(
                    f"{split_canonical(name).familiar}: tag not known", hint=f"it has {_shown(image)}"
                )
        for name in wanted or image.names:
            known.names.pop(name, None)
        known.save()
    record(
        home, "image", "untag", image.id, name=split_canonical(image.names[0]).familiar if image.names else ""
    )


def _shown(image: Image) -> str:
    return ", ".join(split_canonical(name).familiar for name in image.names) or "no name"
