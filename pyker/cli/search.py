"""`pyker search`: images in a registry."""

from pyker.base.errors import InvalidError
from pyker.cli.filters import read_filters
from pyker.cli.listing import Columns, Row, print_listing, shorten
from pyker.cli.numbers import whole_number
from pyker.cli.output import harmless
from pyker.cli.registry_words import wishes_of
from pyker.engine.search import full_name, list_tags, search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.search import Match

HEADINGS = {"Name": "NAME", "Description": "DESCRIPTION", "StarCount": "STARS", "IsOfficial": "OFFICIAL"}
TAG_HEADINGS = {"Name": "NAME", "Tag": "TAG"}
FILTERS = ("is-automated", "is-official", "stars")
WIDTH = 45
LIMIT = 25


def main(home: "Home", arguments: "Arguments") -> int:
    """Print what was found, or with --list-tags the tags of one repository."""
    term = arguments.words[0]
    limit = whole_number(arguments, "limit", LIMIT)
    wishes = wishes_of(arguments)
    format = arguments.text("format")
    if arguments.flag("list_tags"):
        name = full_name(term)
        tags = list_tags(home, term, wishes)
        shown = tags[:limit] if arguments.given("limit") else tags
        rows = [_tag_row(name, tag) for tag in shown]
        print_listing(rows, Columns(tuple(TAG_HEADINGS), TAG_HEADINGS), format)
        return 0
    keep = _Keep(arguments.many("filter"))
    found = [match for match in search(home, term, wishes, limit=limit) if keep(match)]
    rows = [_row(match, trunc=not arguments.flag("no_trunc")) for match in found]
    print_listing(rows, Columns(tuple(HEADINGS), HEADINGS), format)
    return 0


def _tag_row(name: str, tag: str) -> Row:
    return Row({"Name": lambda: name, "Tag": lambda: tag})


def _row(match: "Match", *, trunc: bool) -> Row:
    text = harmless(match.description)
    return Row(
        {
            "Description": lambda: shorten(text, WIDTH) if trunc else text,
            "IsOfficial": lambda: "[OK]" if match.official else "",
            "Name": lambda: harmless(match.name),
            "StarCount": lambda: str(match.stars),
        }
    )


class _Keep:
    """The test that `--filter` makes of each match."""

    def __init__(self, words: "tuple[str, ...]") -> None:
        asked = read_filters(words, FILTERS)
        self._stars = max((_number(text) for text in asked.get("stars", ())), default=0)
        self._official = {_truth(text) for text in asked.get("is-official", ())}

    def __call__(self, match: "Match") -> bool:
        return match.stars >= self._stars and match.official in (self._official or {match.official})


def _number(text: str) -> int:
    if not text.isdigit():
        raise InvalidError(f"Invalid filter 'stars={text}'", hint="a number, e.g. stars=10")
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidError(
            f"Invalid filter 'is-official={text}'", hint="is-official=true or is-official=false"
        )
    return text == "true"
