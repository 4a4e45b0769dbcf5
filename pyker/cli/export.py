"""`pyker export`: the files of a container as a tar archive."""

import os

from pyker.base.errors import InvalidError
from pyker.cli.archive_file import written
from pyker.cli.output import OUT, OutputClosed, warn
from pyker.engine.export import export

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Write the archive; a file that did not become whole is not there."""
    text = arguments.words[0]
    if path := arguments.text("output"):
        written(path, lambda descriptor: export(home, text, descriptor, warn))
        return 0
    if os.isatty(OUT):
        raise InvalidError(
            "cowardly refusing to save to a terminal",
            hint="use the -o flag or redirect: pyker export CONTAINER > FILE",
        )
    try:
        export(home, text, OUT, warn)
    except BrokenPipeError:
        raise OutputClosed from None
    return 0
