"""`pyker image inspect`."""

from pyker.cli.inspect import image
from pyker.cli.inspecting import print_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the documents of images."""
    return print_documents(arguments.words, lambda text: image(home, text), arguments.text("format"))
