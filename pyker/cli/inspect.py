"""`pyker inspect`: all there is to know of containers and images, as JSON or by a template."""

from pyker.base.errors import InvalidError, NotFoundError, PykerError
from pyker.cli.inspecting import print_documents
from pyker.engine.containers import find_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

TYPES = ("container", "image")


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the documents of what the words name, a container before an image of the same name."""
    kind, size = arguments.text("type"), arguments.flag("size")
    if kind and kind not in TYPES:
        known = ", ".join(f'"{one}"' for one in TYPES)
        raise PykerError(f'unknown type: "{kind}": must be one of {known}')

    def find(text: str) -> "dict[str, Any]":
        if kind == "container":
            return container(home, text, size=size)
        if kind == "image":
            return image(home, text)
        try:
            return container(home, text, size=size)
        except NotFoundError:
            try:
                return image(home, text)
            except PykerError:
                raise NotFoundError(
                    f"No such object: {text}", hint="see pyker ps -a and pyker images"
                ) from None

    return print_documents(named(home, arguments), find, arguments.text("format"))


def named(home: "Home", arguments: "Arguments") -> "tuple[str, ...]":
    """The words on the line, or with --latest the container created last; UsageError for neither."""
    if arguments.flag("latest"):
        from pyker.cli.choosing import latest_container

        if arguments.words:
            raise InvalidError("--latest and arguments cannot be used together")
        return (latest_container(home).id,)
    if not arguments.words:
        from pyker.cli.choosing import too_few

        too_few(arguments)
    return arguments.words


def container(home: "Home", text: str, *, size: bool) -> "dict[str, Any]":
    """The document of container *text*."""
    found = find_container(home, text)
    from pyker.engine.inspect import container_document

    return container_document(home, found, size=size)


def image(home: "Home", text: str) -> "dict[str, Any]":
    """The document of image *text*."""
    from pyker.engine.image_lookup import find_image
    from pyker.engine.inspect import image_document

    return image_document(home, find_image(home, text))
