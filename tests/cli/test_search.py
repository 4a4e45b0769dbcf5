"""`search`, `search --list-tags` and `pull -a` against registries on this machine."""

import json
from collections.abc import Iterator
from itertools import cycle

import pytest

from tests.support.command import Pyker
from tests.support.images import entry, make_tar, oci_parts
from tests.support.registry import Answer, FakeRegistry, fake_registry

RESULTS = [
    {"name": "busybox", "description": "Busybox base image.", "star_count": 3000, "is_official": True},
    {"name": "me/busy", "description": "x" * 60 + "\x1b[31m", "star_count": 2, "is_official": False},
]


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    blobs, manifest = oci_parts([make_tar(entry("file", data=b"x"))])
    with fake_registry() as registry:
        for tag in ("1", "2", "3"):
            registry.publish("team/app", tag, blobs, manifest)
        link = '</v2/team/app/tags/list?last=2>; rel="next"'
        first = Answer(b'{"name": "team/app", "tags": ["1", "2"]}', Link=link)
        second = Answer(b'{"name": "team/app", "tags": ["3"]}')
        pages = cycle((first, second))
        registry.rules["/v2/team/app/tags/list"] = lambda _: next(pages)
        yield registry


def test_found_images_are_listed(empty_pyker: Pyker, registry: FakeRegistry) -> None:
    registry.contents["/v1/search"] = Answer(json.dumps({"results": RESULTS}).encode())

    lines = empty_pyker.lines("search", f"{registry.host}/bus")

    assert lines[0].split() == ["NAME", "DESCRIPTION", "STARS", "OFFICIAL"]
    assert lines[1].split() == [f"{registry.host}/busybox", "Busybox", "base", "image.", "3000", "[OK]"]
    assert "x" * 44 + "…" in lines[2]
    assert registry.asked[-1][0] == "/v1/search?q=bus&n=25"


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("-f", "stars=3"), ["busybox"]),
        (("-f", "is-official=false"), ["me/busy"]),
        (("--limit", "1"), ["busybox"]),
    ],
)
def test_filters_hold(
    empty_pyker: Pyker, registry: FakeRegistry, options: "tuple[str, ...]", names: "list[str]"
) -> None:
    registry.contents["/v1/search"] = Answer(json.dumps({"results": RESULTS}).encode())

    found = empty_pyker.lines("search", *options, "--format", "{{.Name}}", f"{registry.host}/b")

    assert found == [f"{registry.host}/{name}" for name in names]


@pytest.mark.parametrize(
    ("code", "option", "value"),
    [
        (1, "--limit", "0"),
        (125, "--limit", "x"),
        (1, "-f", "stars=x"),
        (1, "-f", "is-official=x"),
        (1, "-f", "no=1"),
    ],
)
def test_wrong_wishes_are_refused(empty_pyker: Pyker, code: int, option: str, value: str) -> None:
    assert value.partition("=1")[0] in empty_pyker.fails(code, "search", option, value, "127.0.0.1:1/x")


def test_catalogue_stands_in_for_a_search(empty_pyker: Pyker, registry: FakeRegistry) -> None:
    registry.contents["/v2/_catalog"] = Answer(b'{"repositories": ["team/app", "other"]}')

    assert empty_pyker.lines("search", "--format", "{{.Name}}", f"{registry.host}/app") == [
        f"{registry.host}/team/app"
    ]


def test_tags_are_listed_page_by_page(empty_pyker: Pyker, registry: FakeRegistry) -> None:
    name = f"{registry.host}/team/app"

    assert empty_pyker.lines("search", "--list-tags", "--format", "{{.Name}}:{{.Tag}}", name) == [
        f"{name}:{tag}" for tag in "123"
    ]


def test_every_tag_is_pulled(any_pyker: Pyker, registry: FakeRegistry) -> None:
    name = f"{registry.host}/team/app"

    lines = any_pyker.lines("pull", "-a", name)

    assert [line for line in lines if line.startswith(name)] == [f"{name}:{tag}" for tag in "123"]
    assert sorted(any_pyker.lines("images", "--format", "{{.Tag}}", name)) == ["1", "2", "3"]
    assert "tag can't be used" in any_pyker.fails(1, "pull", "-a", f"{name}:1")
