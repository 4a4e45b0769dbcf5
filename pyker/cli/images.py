"""`pyker images`: the images there are, one row a tag."""

from pyker.base.errors import InvalidError
from pyker.base.units import human_duration, human_size, local_time, nanoseconds, parse_moment
from pyker.cli import filters as filter_words
from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import say
from pyker.engine.image_lookup import all_images
from pyker.model.reference import split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.filters import Filters
    from pyker.cli.parse import Arguments
    from pyker.model.image import Image

    Listed = tuple[Image, str, str, str]  # an image, a repository, a tag, a digest

NONE = "<none>"
FILTERS = ("dangling", "label", "before", "since", "reference", "until")
HEADINGS = {
    "ID": "IMAGE ID",
    "Repository": "REPOSITORY",
    "Tag": "TAG",
    "Digest": "DIGEST",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "Size": "SIZE",
    "Containers": "CONTAINERS",
    "VirtualSize": "VIRTUAL SIZE",
    "SharedSize": "SHARED SIZE",
    "UniqueSize": "UNIQUE SIZE",
}
SHOWN = ("Repository", "Tag", "ID", "CreatedSince", "Size")
WITH_DIGESTS = ("Repository", "Tag", "Digest", "ID", "CreatedSince", "Size")
RAW = "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n"


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the images of *home*, newest first."""
    digests = arguments.flag("digests")
    format = arguments.text("format")
    listed = list(chosen(home, arguments))
    trunc = not arguments.flag("no_trunc")
    if arguments.flag("quiet") and not format:
        if listed:
            say("\n".join(one.short_id if trunc else one.id for one, *_ in listed))
        return 0
    import time

    now = time.time()
    columns = Columns(WITH_DIGESTS if digests else SHOWN, HEADINGS, RAW)
    print_listing([_row(one, now, trunc=trunc) for one in listed], columns, format)
    return 0


def chosen(home: "Home", arguments: "Arguments") -> "list[Listed]":
    """What the options ask for, newest image first, its tags by name."""
    asked = filter_words.read_filters(arguments.many("filter"), FILTERS)
    known = all_images(home)
    keep = _keep(home, asked)
    found = sorted((one for one in known if keep(one)), key=_age_key)
    patterns = [*arguments.words, *asked.get("reference", ())]
    wants_digest = arguments.flag("digests") or ".Digest" in arguments.text("format")
    rows = [row for one in found for row in _names(one, wants_digest=wants_digest)]
    return [row for row in rows if not patterns or _is_named(row, patterns)]


def _age_key(one: "Image") -> "tuple[int, str]":
    return -_created(one), one.id


def _created(one: "Image") -> int:
    try:
        return nanoseconds(one.created)
    except ValueError:
        return 0  # an image may say nothing, or nonsense, about its age


def _names(one: "Image", *, wants_digest: bool) -> "Iterable[Listed]":
    """The rows of one image: every tag, every digest without a tag, or <none>."""
    digests = [split_canonical(name) for name in one.repo_digests]
    seen = set()
    for name in one.names:
        reference = split_canonical(name)
        of_name = [digest.digest for digest in digests if digest.name == reference.name]
        seen.add(reference.name)
        for digest in (of_name if wants_digest else of_name[:1]) or [NONE]:
            yield one, reference.familiar_name, reference.tag, digest
    for digest in digests:
        if digest.name not in seen:
            yield one, digest.familiar_name, NONE, digest.digest
    if not one.names and not digests:
        yield one, NONE, NONE, NONE


def _is_named(row: "Listed", patterns: "Iterable[str]") -> bool:
    """Whether a row is of REPOSITORY[:TAG], in which * ? and [] stand for what they do in a shell."""
    _, repository, tag, digest = row
    for pattern in patterns:
        name, colon, wanted = pattern.rpartition(":")
        if not colon or "/" in wanted:
            name, wanted = pattern, ""
        if "@" in pattern:
            name, _, wanted_digest = pattern.partition("@")
            if _glob(repository, name) and digest == wanted_digest:
                return True
        elif repository != NONE and _glob(repository, name) and (not wanted or _glob(tag, wanted)):
            return True
    return False


def _glob(text: str, pattern: str) -> bool:
    """Go's path.Match of the pattern and of its docker.io spellings."""
    for start in ("docker.io/library/", "docker.io/", "library/"):
        if pattern.startswith(start):
            pattern = pattern[len(start) :]
            break
    if not any(sign in pattern for sign in "*?["):
        return text == pattern
    from fnmatch import fnmatchcase

    return text.count("/") == pattern.count("/") and fnmatchcase(text, pattern)


def _keep(home: "Home", asked: "Filters") -> "Callable[[Image], bool]":
    """The test that `--filter` makes of each image."""
    tests: "list[Callable[[Image], bool]]" = []
    dangling = filter_words.truth(asked, "dangling")
    if dangling is not None:
        tests.append(lambda one: (not one.names) == dangling)
    if "label" in asked:
        tests.append(lambda one: filter_words.has_labels(labels_of(home, one), asked["label"]))
    if "before" in asked:
        first = min(_created_of(home, text) for text in asked["before"])
        tests.append(lambda one: _created(one) < first)
    if "since" in asked:
        last = max(_created_of(home, text) for text in asked["since"])
        tests.append(lambda one: _created(one) > last)
    if "until" in asked:
        limit = min(_moment(text) for text in asked["until"])
        tests.append(lambda one: _created(one) < limit * 1e9)
    return lambda one: all(test(one) for test in tests)


def _created_of(home: "Home", text: str) -> int:
    from pyker.engine.image_lookup import find_image

    return _created(find_image(home, text))


def _moment(text: str) -> float:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise InvalidError(f"Invalid filter 'until={text}': {error}") from None


def labels_of(home: "Home", one: "Image") -> "dict[str, str]":
    """The labels in an image's config."""
    from pyker.engine.image_lookup import image_config

    return dict((image_config(home, one).get("config") or {}).get("Labels") or {})


def _row(listed: "Listed", now: float, *, trunc: bool) -> Row:
    one, repository, tag, digest = listed
    created = _created(one) / 1e9
    fields: "dict[str, Callable[[], Any]]" = {
        "Containers": lambda: "N/A",
        "CreatedAt": lambda: local_time(created),
        "CreatedSince": lambda: f"{human_duration(now - created)} ago" if created > 0 else "N/A",
        "Digest": lambda: digest,
        "ID": lambda: one.short_id if trunc else one.id,
        "Repository": lambda: repository,
        "SharedSize": lambda: "N/A",
        "Size": lambda: human_size(one.size),
        "Tag": lambda: tag,
        "UniqueSize": lambda: "N/A",
        "VirtualSize": lambda: human_size(one.size, 4),
    }
    return Row(fields)
