"""`image tree`: who stands on whom, drawn."""

import re
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.images import docker_archive, entry, make_config, make_tar, written


def step(number: int, size: int) -> bytes:
    return make_tar(entry(f"file{number}", data=b"x" * size))


def load(pyker: Pyker, place: Path, layers: "list[bytes]", by: "list[str]", *tags: str) -> None:
    config = make_config(layers, history=[{"created_by": words} for words in by])
    pyker("load", "-i", written(place / "a.tar", docker_archive(layers, list(tags), config=config)))


@pytest.fixture
def family(empty_pyker: Pyker, tmp_path: Path) -> Pyker:
    base, one, two = step(0, 5000), step(1, 300), step(2, 20)
    load(empty_pyker, tmp_path, [base], ["base"], "base:1")
    load(empty_pyker, tmp_path, [base, one], ["base", "RUN one"], "one:1", "one:2")
    load(empty_pyker, tmp_path, [base, two, one], ["base", "RUN two", "RUN \x1b[31mred"], "two:1")
    return empty_pyker


def test_layers_are_drawn_upon_each_other(family: Pyker) -> None:
    lines = [re.sub("[0-9a-f]{12}", "*", line) for line in family.lines("image", "tree")]

    assert lines == [
        "*      5kB  base  ◀ base:1",
        "├─ *     300B  RUN one  ◀ one:1, one:2",
        "└─ *      20B  RUN two",
        "   *     300B  RUN \\x1b[31mred  ◀ two:1",
    ]


def test_one_image_is_drawn_alone_or_with_its_heirs(family: Pyker) -> None:
    assert len(family.lines("image", "tree", "one:1")) == 2
    assert len(family.lines("image", "tree", "--whatrequires", "base:1")) == 4
    assert "No such image: none" in family.fails(1, "image", "tree", "none")


def test_images_without_a_common_layer_stand_apart(family: Pyker, tmp_path: Path) -> None:
    load(family, tmp_path, [step(9, 9)], ["other"], "other:1")

    lines = family.lines("image", "tree")

    assert lines[-2:] == ["", lines[-1]]
    assert lines[-1].endswith("other  ◀ other:1")


def test_deep_image_is_no_trouble(empty_pyker: Pyker, tmp_path: Path) -> None:
    layers = [step(number, 1) for number in range(400)]
    load(empty_pyker, tmp_path, layers, ["x"] * 400, "deep:1")

    assert len(empty_pyker.lines("image", "tree", "deep:1")) == 400
