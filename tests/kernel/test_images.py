"""The listing of images: which rows, in which order, by which filters."""

from pathlib import Path

import pytest

from pyker.base.errors import InvalidError
from pyker.base.home import Home
from pyker.engine.image_lookup import find_image
from pyker.engine.images import list_images
from pyker.engine.load import load
from pyker.engine.tag import tag
from tests.support.images import docker_archive, make_config, written
from tests.support.stores import load_image, small_layer

pytestmark = pytest.mark.root


@pytest.fixture
def filled(home: Home, tmp_path: Path) -> Home:
    """Three images: one old with two names and a label, one in another registry, one without a name."""
    layers = [small_layer("old")]
    config = make_config(layers, created="2020-01-01T00:00:00Z", config={"Labels": {"k": "v"}})
    load(home, written(tmp_path / "a.tar", docker_archive(layers, ["old:1"], config=config)), report=print)
    tag(home, "old:1", "team/old:2")
    load_image(home, tmp_path, "reg.example:5000/x/y:1", layers=["y"])
    load_image(home, tmp_path, layers=["nameless"])
    return home


def rows(home: Home, name: str = "", /, **filters: "list[str]") -> "list[str]":
    return [f"{row.repository}:{row.tag}" for row in list_images(home, name, filters=filters)]


def test_newest_image_comes_first_and_each_name_has_a_row(filled: Home) -> None:
    listed = rows(filled)

    assert sorted(listed[:2]) == ["<none>:<none>", "reg.example:5000/x/y:1"]
    assert listed[2:] == ["old:1", "team/old:2"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("old", ["old:1"]),
        ("old:1", ["old:1"]),
        ("old:2", []),
        ("docker.io/library/old", ["old:1"]),
        ("*", ["old:1"]),
        ("team/*", ["team/old:2"]),
        ("o?d:[0-9]", ["old:1"]),
        ("reg.example:5000/x/y", ["reg.example:5000/x/y:1"]),
        ("ol", []),
        ("Bad Name", []),
    ],
)
def test_argument_is_a_repository_a_tag_or_a_glob(filled: Home, name: str, expected: "list[str]") -> None:
    assert rows(filled, name) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"dangling": ["true"]}, ["<none>:<none>"]),
        ({"label": ["k"]}, ["old:1", "team/old:2"]),
        ({"label": ["k=v"], "reference": ["team/*"]}, ["team/old:2"]),
        ({"label": ["k=w"]}, []),
        ({"reference": ["old", "team/old"]}, ["old:1", "team/old:2"]),
        ({"before": ["reg.example:5000/x/y:1"]}, ["old:1", "team/old:2"]),
        ({"since": ["old:1"], "dangling": ["false"]}, ["reg.example:5000/x/y:1"]),
    ],
)
def test_filters_narrow_the_rows(
    filled: Home, filters: "dict[str, list[str]]", expected: "list[str]"
) -> None:
    assert rows(filled, **filters) == expected


def test_filter_id_takes_a_prefix(filled: Home) -> None:
    assert rows(filled, id=[find_image(filled, "old:1").short_id]) == ["old:1", "team/old:2"]


@pytest.mark.parametrize("filters", [{"foo": ["x"]}, {"dangling": ["maybe"]}])
def test_unknown_filter_is_refused(filled: Home, filters: "dict[str, list[str]]") -> None:
    with pytest.raises(InvalidError, match=r"^Invalid filter"):
        rows(filled, **filters)


def test_no_image_is_no_row(home: Home) -> None:
    assert rows(home) == []
