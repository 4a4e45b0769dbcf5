"""`images`, `tag`, `rmi`: rows, templates, filters."""

import json

import pytest

from tests.support.command import Pyker


def test_table_has_docker_headings_and_a_row_for_each_tag(pyker: Pyker) -> None:
    pyker("tag", "busybox", "busybox:2")

    heading, *rows = pyker.lines("images")
    assert " ".join(heading.split()) == "REPOSITORY TAG IMAGE ID CREATED SIZE"
    assert [row.split()[:2] for row in rows] == [["busybox", "2"], ["busybox", "latest"]]
    assert rows[0].split()[2] == rows[1].split()[2]
    assert " " not in rows[0].split()[-1]


def test_unknown_repository_is_an_empty_table(pyker: Pyker) -> None:
    assert len(pyker.lines("images", "nope")) == 1


def test_word_of_the_other_spelling_is_recognized(empty_pyker: Pyker) -> None:
    result = empty_pyker("images", "ls")

    assert result.stdout.startswith("REPOSITORY")
    assert "did you mean 'pyker image ls'?" in result.stderr


def test_whole_ids_carry_their_algorithm(pyker: Pyker) -> None:
    whole = pyker.out("images", "-q", "--no-trunc")

    assert whole.startswith("sha256:")
    assert pyker.out("images", "-q") == whole[7:19]


def test_json_has_docker_keys(pyker: Pyker) -> None:
    found = json.loads(pyker.out("images", "--format", "json"))

    assert " ".join(found) == (
        "Containers CreatedAt CreatedSince Digest ID Repository SharedSize Size Tag UniqueSize VirtualSize"
    )


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("-f reference=busy*", 1),
        ("-f reference=nope", 0),
        ("-f dangling=true", 0),
        ("-f dangling=false", 1),
        ("-f label=nope", 0),
        ("-f until=1h", 0),
        ("-f until=2100-01-01", 1),
        ("busybox:latest", 1),
        ("busy*", 1),
    ],
)
def test_filter_keeps(pyker: Pyker, words: str, count: int) -> None:
    assert len(pyker.lines("images", "-q", *words.split())) == count


def test_digests_have_a_column(pyker: Pyker) -> None:
    assert pyker.lines("images", "--digests")[0].split()[:3] == ["REPOSITORY", "TAG", "DIGEST"]


def test_removing_the_third_column_removes_everything(pyker: Pyker) -> None:
    pyker("tag", "busybox", "busybox:2")
    ids = [line.split()[2] for line in pyker.lines("images")[1:]]

    pyker("rmi", *ids)

    assert pyker.lines("images", "-q") == []


def test_failing_argument_does_not_stop_the_others(pyker: Pyker) -> None:
    done = pyker("rmi", "nope", "busybox", check=False)

    assert done.returncode == 1
    assert "No such image: nope" in done.stderr
    assert "Untagged: busybox:latest" in done.stdout
