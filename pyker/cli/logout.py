"""`pyker logout`: forget who we are at a registry."""

from pyker.cli.output import say
from pyker.engine.login import logged_in, logout, server_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Remove what is kept for one registry, or for all."""
    file = arguments.text("authfile")
    named = server_name(arguments.words[0] if arguments.words else "")
    for domain in logged_in(home, file) if arguments.flag("all") else [named]:
        known = logout(home, domain, file)
        say(f"Removing login credentials for {domain}" if known else f"Not logged in to {domain}")
    return 0
