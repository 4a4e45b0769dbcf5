"""`system df`: what takes how much, shared layers counted once."""

import json

import pytest

from pyker.base.units import human_size
from tests.support.command import Pyker

WRITE = "head -c 5000 /dev/zero > /five; head -c 300 /dev/zero > /v/three"


@pytest.fixture
def full(pyker: Pyker) -> Pyker:
    """Two images of one base, a stopped container with a volume, and a volume nobody uses."""
    pyker("run", "--name", "c", "-v", "data:/v", "busybox", "sh", "-c", WRITE)
    pyker("commit", "c", "more")
    pyker("run", "--rm", "-v", "loose:/v", "busybox", "touch", "/v/x")
    return pyker


def test_shared_layers_count_once(full: Pyker) -> None:
    base, more = (int(full.out("image", "inspect", "-f", "{{.Size}}", name)) for name in ("busybox", "more"))

    rows = [json.loads(line) for line in full.lines("system", "df", "--format", "json")]

    by_type = {row["Type"]: row for row in rows}
    assert more == base + 5000
    assert by_type["Images"] == {
        "Type": "Images",
        "TotalCount": "2",
        "Active": "1",
        "Size": human_size(more, 4),
        "Reclaimable": f"5kB ({5000 * 100 // more}%)",
    }
    assert by_type["Containers"]["Size"] == "5kB"
    assert by_type["Containers"]["Reclaimable"] == "5kB (100%)"
    assert by_type["Local Volumes"] | {"Size": ""} == {
        "Type": "Local Volumes",
        "TotalCount": "2",
        "Active": "1",
        "Size": "",
        "Reclaimable": "0B (0%)",
    }


def test_empty_store_takes_nothing(empty_pyker: Pyker) -> None:
    lines = [line.split() for line in empty_pyker.lines("system", "df")]

    assert lines[0] == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
    assert [line[-4:] for line in lines[1:]] == [["0", "0", "0B", "0B"]] * 4


def test_every_thing_is_shown_when_asked(full: Pyker) -> None:
    lines = full.lines("system", "df", "-v")

    images = next(line for line in lines if line.startswith("more"))
    assert images.split()[-2:] == ["5kB", "0"]
    assert next(line for line in lines if line.startswith("data")).split() == ["data", "1", "300B"]
    assert next(line for line in lines if line.startswith("loose")).split() == ["loose", "0", "0B"]
    assert any('"sh -c' in line and " 5kB " in line and line.endswith(" c") for line in lines)
