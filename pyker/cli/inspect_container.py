"""`pyker container inspect`."""

from pyker.cli.inspect import container, named
from pyker.cli.inspecting import print_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the documents of containers."""
    size = arguments.flag("size")
    return print_documents(
        named(home, arguments), lambda text: container(home, text, size=size), arguments.text("format")
    )
