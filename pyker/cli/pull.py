"""`pyker pull`: an image from a registry."""

from pyker.base.errors import InvalidError
from pyker.cli.output import say
from pyker.cli.registry_words import wishes_of
from pyker.engine.pull import pull

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Pull the image; progress and the image's full name on standard output, as Docker."""
    from pyker.model.reference import parse_reference, parse_repository

    name = arguments.words[0]
    quiet = arguments.flag("quiet")
    if arguments.flag("all_tags"):
        raise InvalidError("pulling all tags of a repository is not supported yet", hint="name the tag")
    bare = parse_repository(name)
    if not quiet and not bare.tag and not bare.digest:
        say("Using default tag: latest")
    platform = arguments.text("platform")
    report = (lambda _: None) if quiet else say
    pull(home, name, platform=platform, report=report, quiet=quiet, wishes=wishes_of(arguments))
    say(parse_reference(name).canonical)
    return 0
