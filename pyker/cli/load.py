"""`pyker load`: images from an archive."""

import os

from pyker.base.errors import InvalidError
from pyker.cli.output import complain, say
from pyker.engine.load import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Load the archive and name its images."""
    path = arguments.text("input")
    if not path and os.isatty(0):
        raise InvalidError(
            "requested load from stdin, but stdin is empty", hint="pyker load -i FILE, or pyker load < FILE"
        )
    quiet = arguments.flag("quiet")
    loaded = load(home, path or 0, report=(lambda _: None) if quiet else complain)
    for name in loaded:
        say(f"Loaded image ID: {name}" if name.startswith("sha256:") else f"Loaded image: {name}")
    return 0
