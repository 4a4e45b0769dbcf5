"""`tag`: one more name for an image."""

from pyker.base.errors import InvalidError
from pyker.base.home import Home
from pyker.engine.image_lookup import find_in
from pyker.image import index
from pyker.model.reference import parse_reference


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
