"""`pyker cp`: files into and out of containers."""

import os

from pyker.base.errors import InvalidError
from pyker.base.units import human_size
from pyker.cli.output import ERR, OUT, OutputClosed, complain, warn
from pyker.engine.copy import CopyRequest, copy
from pyker.engine.copy_places import End, Place, parse_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Copy; on a terminal, say how much."""
    source, target = map(parse_end, arguments.words)
    if target.is_stream and os.isatty(OUT):
        raise InvalidError("cowardly refusing to write an archive to a terminal", hint="redirect it")
    request = CopyRequest(
        source,
        target,
        archive=arguments.flag("archive"),
        follow=arguments.flag("follow_link"),
        overwrite=arguments.flag("overwrite"),
    )
    try:
        size = copy(home, request, warn)
    except BrokenPipeError:
        raise OutputClosed from None
    quiet = arguments.flag("quiet") if arguments.given("quiet") else not os.isatty(ERR)
    if not quiet and not target.is_stream:
        complain(f"Successfully copied {human_size(size)} to {_shown(target)}")
    return 0


def _shown(target: End) -> str:
    path = Place(name=target.container).absolute(target.path)
    return f"{target.container}:{path}" if target.container else path
