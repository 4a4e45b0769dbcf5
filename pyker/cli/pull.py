"""`pyker pull`: an image from a registry."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.cli.output import say
from pyker.cli.registry_words import wishes_of
from pyker.cli.run_platform import platform_of
from pyker.cli.values import read_value
from pyker.engine.image_lookup import find_image
from pyker.engine.pull import pull
from pyker.image.transport import NetworkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.model.reference import Reference


POLICIES = ("always", "missing", "newer", "never")


def main(home: "Home", arguments: "Arguments") -> int:
    """Pull the image; progress and the image's full name on standard output, as Docker."""
    from pyker.model.reference import parse_repository

    name = arguments.words[0]
    quiet = arguments.flag("quiet")
    bare = parse_repository(name)
    if arguments.flag("all_tags"):
        return _pull_all(home, arguments, bare)
    if not quiet and not bare.tag and not bare.digest:
        say("Using default tag: latest")
    _pull(home, arguments, name)
    return 0


def _pull(home: "Home", arguments: "Arguments", name: str) -> None:
    from pyker.model.reference import parse_reference

    quiet = arguments.flag("quiet")
    report = (lambda _: None) if quiet else say
    platform = platform_of(arguments)
    policy = read_value(arguments, "policy", _policy, POLICIES[0])
    if not _is_to_be_left(home, name, policy):
        try:
            pull(home, name, platform=platform, report=report, quiet=quiet, wishes=wishes_of(arguments))
        except (NetworkError, NotFoundError):
            if policy != "newer" or not _is_here(home, name):
                raise
    say(parse_reference(name).canonical)


def _policy(text: str) -> str:
    if text not in POLICIES:
        raise ValueError(f"must be one of {', '.join(POLICIES)}")
    return text


def _is_to_be_left(home: "Home", name: str, policy: str) -> bool:
    """Whether the image stays as it is here; NotFoundError when it may not be pulled and is not here."""
    if policy == "never":
        find_image(home, name)
    return policy == "never" or (policy == "missing" and _is_here(home, name))


def _is_here(home: "Home", name: str) -> bool:
    try:
        find_image(home, name)
    except NotFoundError:
        return False
    return True


def _pull_all(home: "Home", arguments: "Arguments", bare: "Reference") -> int:
    from pyker.engine.search import list_tags

    if bare.tag or bare.digest:
        raise InvalidError("tag can't be used with --all-tags/-a", hint=f"pyker pull -a {bare.familiar_name}")
    for tag in list_tags(home, bare.familiar_name, wishes_of(arguments)):
        _pull(home, arguments, f"{bare.familiar_name}:{tag}")
    return 0
