"""`ps`: tables, templates, filters."""

import json

import pytest

from tests.support.command import Pyker


@pytest.fixture
def three(pyker: Pyker) -> Pyker:
    """c1 runs, c2 ended with 3, c3 was only created."""
    none = ("--network", "none")
    pyker("run", "-d", "--name", "c1", "-l", "k=v", *none, "busybox", "sleep", "1000")
    pyker("run", "--name", "c2", *none, "busybox", "sh", "-c", "echo 'a b'; exit 3", check=False)
    pyker("create", "--name", "c3", "-l", "k=w", *none, "busybox", "cat")
    return pyker


def test_table_has_docker_headings_and_rows(three: Pyker) -> None:
    heading, *rows = three.lines("ps", "-a")

    assert " ".join(heading.split()) == "CONTAINER ID IMAGE COMMAND CREATED STATUS PORTS NAMES"
    assert [row.split()[-1] for row in rows] == ["c3", "c2", "c1"]
    assert "\"sh -c 'echo 'a b'; …\"" in rows[1]
    assert "Exited (3)" in rows[1]


def test_only_running_ones_without_all(three: Pyker) -> None:
    assert three.lines("ps", "--format", "{{.Names}}") == ["c1"]


def test_quiet_prints_ids(three: Pyker) -> None:
    whole = three.lines("ps", "-aq", "--no-trunc")

    assert [len(one) for one in whole] == [64] * 3
    assert three.lines("ps", "-a", "-q") == [one[:12] for one in whole]


def test_json_is_one_object_a_line_with_docker_keys(three: Pyker) -> None:
    first = json.loads(three.lines("ps", "-a", "--format", "json")[0])

    assert " ".join(first) == (
        "Command CreatedAt ID Image Labels LocalVolumes Mounts Names Networks Platform Ports RunningFor "
        "Size State Status"
    )
    assert (first["Names"], first["State"], first["Labels"]) == ("c3", "created", "k=w")


def test_template_with_table_has_headings(three: Pyker) -> None:
    lines = three.lines("ps", "-a", "--format", r'table {{.Names}}\t{{.Label "k"}}\t{{.State}}')

    assert [line.split() for line in lines] == [
        ["NAMES", "k", "STATE"],
        ["c3", "w", "created"],
        ["c2", "exited"],
        ["c1", "v", "running"],
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("-f status=exited", "c2"),
        ("-f status=exited -f status=created", "c3 c2"),
        ("-a -f exited=3", "c2"),
        ("-a -f name=^c[12]$", "c2 c1"),
        ("-a -f label=k", "c3 c1"),
        ("-a -f label=k -f label=k=v", "c1"),
        ("-a -f label!=k", "c2"),
        ("-a -f before=c3 -f since=c1", "c2"),
        ("-a -f ancestor=busybox", "c3 c2 c1"),
        ("-a -f ancestor=nope", ""),
        ("-a -f network=none -f name=c3", "c3"),
        ("-a -f health=none -f is-task=false -f name=c1", "c1"),
        ("-n 2", "c3 c2"),
        ("-l", "c3"),
    ],
)
def test_filter_keeps(three: Pyker, words: str, names: str) -> None:
    assert three.lines("ps", *words.split(), "--format", "{{.Names}}") == names.split()


def test_unknown_field_lists_the_valid_ones(three: Pyker) -> None:
    errors = three.fails(1, "ps", "--format", "{{.Nope}}")

    assert 'template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope' in errors
    assert ".Names" in errors


def test_size_counts_what_was_written(pyker: Pyker) -> None:
    pyker("run", "--name", "w", "--network", "none", "busybox", "sh", "-c", "echo 12345678901234 > /f")

    assert pyker.out("ps", "-a", "--format", "{{.Size}}").startswith("15B (virtual ")


def test_every_id_echoes_through_a_pipeline(three: Pyker) -> None:
    ids = [line.split()[0] for line in three.lines("ps", "-a")[1:]]

    assert three.lines("stop", "-t", "0", *ids) == ids
    assert three.lines("rm", *ids) == ids
