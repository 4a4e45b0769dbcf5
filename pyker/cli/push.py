"""`pyker push`: an image to a registry."""

from pyker.base.errors import InvalidError
from pyker.cli.output import say
from pyker.cli.registry_words import wishes_of
from pyker.engine.push import push, tags_of
from pyker.model.reference import parse_reference, parse_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Push one tag, or all of a repository; Docker's lines on standard output."""
    name = arguments.words[0]
    quiet = arguments.flag("quiet")
    bare = parse_repository(name)
    names = [name]
    if arguments.flag("all_tags"):
        if bare.tag:
            raise InvalidError(
                "tag can't be used with --all-tags/-a", hint=f"pyker push -a {bare.familiar_name}"
            )
        names = tags_of(home, name)
    elif not bare.tag and not bare.digest and not quiet:
        say("Using default tag: latest")
    for one in names:
        pushed = push(home, one, wishes=wishes_of(arguments), report=_silent if quiet else say)
        if quiet:
            say(parse_reference(one).canonical)
        if file := arguments.text("digestfile"):
            with open(file, "w", encoding="ascii") as target:
                target.write(pushed.digest)
    return 0


def _silent(_: str) -> None:
    """Say nothing."""
