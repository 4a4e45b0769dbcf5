"""`images`: what is in the store, as rows. On the path of people who wait: one file read, nothing else."""

from pyker.base.errors import InvalidError
from pyker.base.home import Home
from pyker.base.value import Value
from pyker.engine.image_lookup import find_in, image_config
from pyker.image import index
from pyker.model.image import Image
from pyker.model.reference import Reference, parse_repository, split_canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Test = Callable[[Image], bool]

NONE = "<none>"
FILTERS = ("before", "dangling", "id", "label", "reference", "since")


class ImageRow(Value):
    """One line of the listing: an image under one of its names; *repository* is familiar, or `<none>`."""

    image: Image
    repository: str
    tag: str
    digest: str


def list_images(
    home: Home, name: str = "", *, filters: "Mapping[str, Sequence[str]] | None" = None
) -> "list[ImageRow]":
    """A row for each name of each image, newest image first; *name* is `REPOSITORY[:TAG]`, globs allowed.

    Filters: values of one key are alternatives, except label; keys add up. InvalidError for unknown ones.
    """
    known = index.Index(home)
    tests = [test for key, values in (filters or {}).items() for test in _tests(home, known, key, values)]
    images = [image for image in known.all() if all(test(image) for test in tests)]
    images.sort(key=lambda image: image.created, reverse=True)
    rows = [row for image in images for row in _rows(image)]
    wanted = list((filters or {}).get("reference", ()))
    rows = [row for row in rows if not name or fits(row, name)]
    return [row for row in rows if not wanted or any(fits(row, pattern) for pattern in wanted)]


def _rows(image: Image) -> "Iterable[ImageRow]":
    """One row a tag; a repository known by digest only has tag `<none>`, an image without names has two."""
    digests: "dict[str, str]" = {}
    for text in image.repo_digests:
        name, _, digest = text.partition("@")
        digests[name] = digest
    tagged = [split_canonical(name) for name in image.names]
    for reference in tagged:
        digest = digests.get(reference.name, NONE)
        yield ImageRow(image, reference.familiar_name, reference.tag, digest)
    for name in digests.keys() - {reference.name for reference in tagged}:
        yield ImageRow(image, split_canonical(name).familiar_name, NONE, digests[name])
    if not tagged and not digests:
        yield ImageRow(image, NONE, NONE, NONE)


def fits(row: ImageRow, pattern: str) -> bool:
    """Whether *row* is meant by `REPOSITORY[:TAG]`; `*`, `?` and `[…]` match as in Go's path.Match."""
    if not any(sign in pattern for sign in "*?["):
        return _is_exactly(row, pattern)
    from fnmatch import fnmatchcase

    repository, colon, tag = _split_tag(pattern)
    if row.repository == NONE or repository.count("/") != row.repository.count("/"):
        return False
    parts = zip(row.repository.split("/"), repository.split("/"))
    if not all(fnmatchcase(part, wanted) for part, wanted in parts):
        return False
    return not colon or fnmatchcase(row.tag, tag)


def _split_tag(text: str) -> "tuple[str, str, str]":
    head, slash, last = text.rpartition("/")
    name, colon, tag = last.partition(":")
    return head + slash + name, colon, tag


def _is_exactly(row: ImageRow, text: str) -> bool:
    try:
        wanted: Reference = parse_repository(text)
    except InvalidError:
        return False
    if row.repository != wanted.familiar_name:
        return False
    return wanted.tag in ("", row.tag) and wanted.digest in ("", row.digest)


def _tests(home: Home, known: index.Index, key: str, values: "Sequence[str]") -> "list[Test]":
    """The conditions that filter *key* with *values* puts on an image; those on names are applied to rows."""
    if key == "reference":
        return []
    if key == "dangling":
        wanted = {_truth(value) for value in values}
        return [lambda image: (not image.names) in wanted]
    if key == "label":
        return [_label_test(home, value) for value in values]
    if key == "id":
        return [lambda image: any(image.id.startswith((value, f"sha256:{value}")) for value in values)]
    if key in ("before", "since"):
        bounds = [find_in(known, value).created for value in values]
        if key == "before":
            return [lambda image: all(image.created < bound for bound in bounds)]
        return [lambda image: all(image.created > bound for bound in bounds)]
    raise InvalidError(f"Invalid filter '{key}'", hint=f"one of {', '.join(FILTERS)}")


def _truth(value: str) -> bool:
    if value.lower() in ("1", "t", "true"):
        return True
    if value.lower() in ("0", "f", "false"):
        return False
    raise InvalidError(f"Invalid filter 'dangling={value}'", hint="dangling=true or dangling=false")


def _label_test(home: Home, wanted: str) -> "Test":
    key, equals, value = wanted.partition("=")

    def test(image: Image) -> bool:
        labels = (image_config(home, image).get("config") or {}).get("Labels") or {}
        return key in labels and (not equals or labels[key] == value)

    return test
