"""The words of the rare limits: what they mean, and what is said of wrong ones."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pyker.base.errors import InvalidError, NotFoundError
from pyker.engine.rare_limits import group_place, host_part, rare_resources
from pyker.model import rare_limits as rare
from pyker.model.limits import Limits, check_limits


@pytest.mark.parametrize(
    ("parse", "text", "meaning"),
    [
        (rare.parse_weight, "10", 10),
        (rare.parse_weight, "0", 0),
        (rare.parse_weight_device, "/dev/vda:300", ("/dev/vda", 300)),
        (rare.parse_bps, "/dev/vda:1mb", ("/dev/vda", 1 << 20)),
        (rare.parse_iops, "/dev/vda:5", ("/dev/vda", 5)),
        (rare.parse_swappiness, "0", 0),
        (rare.parse_swappiness, "-1", None),
        (rare.parse_device_rule, "c *:3 rw", "c *:3 rw"),
        (rare.parse_conf, "memory.high=5=5", ("memory.high", "5=5")),
        (rare.parse_parent, "/a/b/", "a/b"),
        (rare.parse_mode, "no-conmon", "no-conmon"),
    ],
)
def test_right_words_have_a_meaning(parse: Callable[[str], Any], text: str, meaning: Any) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("parse", "text", "words"),
    [
        (rare.parse_weight, "x", 'strconv.ParseUint: parsing "x"'),
        (rare.parse_weight, "9", "from 10 to 1000"),
        (rare.parse_weight_device, "foo", "bad format: foo"),
        (rare.parse_weight_device, "/dev/vda:1001", "invalid weight for device"),
        (rare.parse_bps, "vda:1mb", "bad format for device path: vda:1mb"),
        (rare.parse_bps, "/dev/vda:x", "kb, mb, or gb"),
        (rare.parse_iops, "/dev/vda:-1", "Number must be a positive integer"),
        (rare.parse_swappiness, "101", "Valid memory swappiness range is 0-100"),
        (rare.parse_device_rule, "x 1:3 rwm", "invalid device cgroup format"),
        (rare.parse_device_rule, "c 1:3", "invalid device cgroup format"),
        (rare.parse_device_rule, "c 1:3 x", "invalid device cgroup format"),
        (rare.parse_conf, "../x=5", "FILE=VALUE"),
        (rare.parse_parent, "a/../b", "without '..'"),
        (rare.parse_parent, "/", "below the root"),
        (rare.parse_mode, "some", "must be one of enabled, disabled, no-conmon"),
    ],
)
def test_wrong_words_are_told(parse: Callable[[str], Any], text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse(text)


def host(**fields: Any) -> dict[str, Any]:
    return {"Memory": 0, **host_part(rare.RareLimits(**fields))}


def test_limits_become_oci_resources() -> None:
    asked = host(
        weight=300, realtime_runtime=5, swappiness=0, device_rules=("b 8:* r",), conf=(("a.b", "1"),)
    )

    found = rare_resources(asked, pytest.fail)

    assert found == {
        "memory": {"swappiness": 0},
        "cpu": {"realtimeRuntime": 5},
        "blockIO": {"weight": 300},
        "devices": [{"allow": True, "type": "b", "major": 8, "access": "r"}],
        "unified": {"a.b": "1"},
    }


def test_container_that_cannot_be_killed_for_memory_is_warned_of() -> None:
    warnings: list[str] = []

    assert rare_resources(host(oom_kill_disable=True), warnings.append)["memory"] == {
        "disableOOMKiller": True
    }
    assert "no memory limit is set" in warnings[0]


def test_rate_is_for_a_disk_that_is_there() -> None:
    with pytest.raises(NotFoundError, match="stat /dev/nosuch: no such file"):
        rare_resources(host(rates=(("ReadBps", "/dev/nosuch", 5),)), pytest.fail)
    with pytest.raises(InvalidError, match="/dev/null is not a block device"):
        rare_resources(host(weight_devices=(("/dev/null", 50),)), pytest.fail)


@pytest.mark.parametrize(
    ("fields", "place"), [({}, "pyker/x"), ({"parent": "a/b"}, "a/b/x"), ({"mode": "disabled"}, "")]
)
def test_group_stands_below_its_parent(fields: dict[str, str], place: str) -> None:
    assert group_place(host(**fields), "x") == place


@pytest.mark.parametrize(
    ("mems", "words"),
    [("x", "Invalid value x for cpuset mems"), ("4096", "Requested memory nodes are not available")],
)
def test_memory_nodes_are_there(mems: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        check_limits(Limits(cpuset_mems=mems))
