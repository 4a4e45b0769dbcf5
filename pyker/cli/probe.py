"""`pyker container probe`: one health check, in a process of its own."""

import os

from pyker.base.errors import InvalidError
from pyker.engine.probe import run_probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(_home: "Home", arguments: "Arguments") -> int:
    """Run the check that the descriptor named on the line describes; its exit code."""
    if len(arguments.words) != 1 or not arguments.words[0].isdecimal():
        raise InvalidError("this command is for pyker itself")
    os.set_inheritable(int(arguments.words[0]), False)
    return run_probe(int(arguments.words[0]))
