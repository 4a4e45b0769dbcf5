"""`pyker start`: containers that were created or have ended, again."""

from pyker.base.errors import InvalidError
from pyker.cli.choosing import chosen
from pyker.cli.output import warn
from pyker.cli.several import each
from pyker.engine.start import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Start each container and echo its name; with -a or -i be its terminal and give its exit code."""
    attach, stdin = arguments.flag("attach"), arguments.flag("interactive")
    words = chosen(home, arguments, lambda one: not one.is_active)
    if not (attach or stdin):
        return each(words, lambda name: start(home, name, warn=warn))
    if len(words) > 1:
        raise InvalidError("you cannot start and attach multiple containers at once")
    keys = arguments.text("detach_keys")
    code = start(
        home,
        words[0],
        attach=True,
        stdin=stdin,
        warn=warn,
        detach_keys=keys,
        sig_proxy=not arguments.given("sig_proxy") or arguments.flag("sig_proxy"),
    )
    return code or 0
