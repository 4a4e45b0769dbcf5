"""`pyker import`: a root file system becomes an image."""

from pyker.base.errors import InvalidError
from pyker.cli.output import complain, say
from pyker.engine.import_image import import_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

DASHES = ("\u2013", "\u2014", "\u2212")  # what "-" becomes on its way through a web page


def main(home: "Home", arguments: "Arguments") -> int:
    """Import the archive and print the image's id."""
    source, *reference = arguments.words
    if source in DASHES:
        raise InvalidError(f"open {source}: no such file or directory", hint="did you mean '-'?")
    identity = import_image(
        home,
        0 if source == "-" else source,
        reference[0] if reference else None,
        changes=arguments.many("change"),
        message=arguments.text("message"),
        platform=arguments.text("platform"),
        report=complain,
    )
    say(identity)
    return 0
