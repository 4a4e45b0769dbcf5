"""OCI resources as files, for v1 and v2."""

from typing import Any

import pytest

from pyker.base.errors import InvalidError
from pyker.cgroup import limits
from pyker.cgroup.hierarchy import own_groups

GIB = 1 << 30


def plan_v1(**resources: Any) -> list[tuple[str, ...]]:
    return [(setting.file, *setting.lines) for setting in limits.v1(resources)]


def plan_v2(**resources: Any) -> list[tuple[str, ...]]:
    return [(setting.file, *setting.lines) for setting in limits.v2(resources)]


def test_nothing_asked_is_nothing_written() -> None:
    empty: dict[str, Any] = {"memory": {}, "cpu": {}, "pids": None, "blockIO": {}, "devices": []}

    assert limits.v1(empty) == limits.v2(empty) == []


def test_v1_memory_comes_before_memory_and_swap() -> None:
    assert plan_v1(memory={"swap": 2 * GIB, "limit": GIB, "reservation": 5}) == [
        ("memory.limit_in_bytes", str(GIB)),
        ("memory.memsw.limit_in_bytes", str(2 * GIB)),
        ("memory.soft_limit_in_bytes", "5"),
    ]


@pytest.mark.parametrize(
    ("swap", "alone"), [(GIB, "0"), (3 * GIB, str(2 * GIB)), (-1, "max")], ids=["none", "some", "unlimited"]
)
def test_v2_swap_is_what_is_beyond_memory(swap: int, alone: str) -> None:
    assert plan_v2(memory={"limit": GIB, "swap": swap})[1] == ("memory.swap.max", alone)


def test_v1_period_comes_before_quota() -> None:
    assert plan_v1(cpu={"quota": 5000, "period": 10000}) == [
        ("cpu.cfs_period_us", "10000"),
        ("cpu.cfs_quota_us", "5000"),
    ]


@pytest.mark.parametrize(
    ("cpu", "line"),
    [
        ({"quota": 5000}, "5000 100000"),
        ({"quota": -1, "period": 7000}, "max 7000"),
        ({"period": 7000}, "max 7000"),
    ],
)
def test_v2_quota_and_period_share_a_file(cpu: dict[str, int], line: str) -> None:
    assert plan_v2(cpu=cpu) == [("cpu.max", line)]


@pytest.mark.parametrize(("shares", "words"), [(1, "minimum allowed cpu-shares is 2"), (1 << 20, "maximum")])
def test_shares_that_the_kernel_would_change_are_refused(shares: int, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        limits.v1({"cpu": {"shares": shares}})


def test_network_and_rdma_have_their_files() -> None:
    network = {"classID": 7, "priorities": [{"name": "eth0", "priority": 3}]}
    asked = {"network": network, "rdma": {"mlx5_0": {"hcaHandles": 2, "hcaObjects": 5}}}

    files = {row.file: row.lines for row in limits.v1(asked)}

    assert files["net_cls.classid"] == ("7",)
    assert files["net_prio.ifpriomap"] == ("eth0 3",)
    assert files["rdma.max"] == ("mlx5_0 hca_handle=2 hca_object=5",)
    assert [row.file for row in limits.v2(asked)] == ["rdma.max"]
    assert limits.missing_in_v2(asked) == ["network class", "network priority"]


@pytest.mark.parametrize(("shares", "weight"), [(2, 1), (1024, 39), (262144, 10000), (1, 1), (10**9, 10000)])
def test_shares_become_a_weight(shares: int, weight: int) -> None:
    assert limits.weight(shares) == weight


@pytest.mark.parametrize(("limit", "line"), [(7, "7"), (-1, "max")])
def test_pids_are_the_same_in_both(limit: int, line: str) -> None:
    assert plan_v1(pids={"limit": limit}) == plan_v2(pids={"limit": limit}) == [("pids.max", line)]


def test_cpuset_is_the_same_in_both() -> None:
    assert plan_v1(cpu={"cpus": "0-1", "mems": "0"}) == plan_v2(cpu={"cpus": "0-1", "mems": "0"})


def test_device_rules_share_a_file_while_they_go_the_same_way() -> None:
    rules = [
        {"allow": False, "access": "rwm"},
        {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rw"},
        {"allow": True, "type": "b", "major": 8, "access": "r"},
    ]

    assert plan_v1(devices=rules) == [("devices.deny", "a"), ("devices.allow", "c 1:3 rw", "b 8:* r")]


def test_disk_rates_are_written_for_each_device() -> None:
    rates = {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 99}]}

    assert plan_v1(blockIO=rates) == [("blkio.throttle.read_bps_device", "8:0 99")]
    assert plan_v2(blockIO=rates) == [("io.max", "8:0 rbps=99")]


def test_unified_names_files_of_v2() -> None:
    assert plan_v2(unified={"memory.high": "5"}) == [("memory.high", "5")]


def test_own_groups_are_read_with_colons_in_names() -> None:
    text = "9:name=systemd:/\n2:cpu,cpuacct:/a:b\n0::/user.slice\n"

    assert own_groups(text) == {"cpu,cpuacct": "/a:b", "": "/user.slice"}


def test_disk_weights_have_another_name_and_scale_where_bfq_is_not() -> None:
    weights = {"weight": 500, "weightDevice": [{"major": 8, "minor": 0, "weight": 10}]}

    old, new = limits.v1({"blockIO": weights}), limits.v2({"blockIO": weights})

    assert [(row.file, row.lines) for row in old] == [
        ("blkio.bfq.weight", ("500",)),
        ("blkio.bfq.weight_device", ("8:0 10",)),
    ]
    assert [row.other and row.other.file for row in old] == ["blkio.weight", "blkio.weight_device"]
    assert [row.lines for row in new] == [("default 500",), ("8:0 10",)]
    assert [row.other and row.other.lines for row in new] == [("default 4950",), ("8:0 1",)]


def test_huge_pages_are_limited_by_size() -> None:
    asked = [{"pageSize": "2MB", "limit": 4 << 20}]

    assert plan_v1(hugepageLimits=asked) == [("hugetlb.2MB.limit_in_bytes", "4194304")]
    assert plan_v2(hugepageLimits=asked) == [("hugetlb.2MB.max", "4194304")]


def test_what_v2_lacks_is_named() -> None:
    asked = {"memory": {"swappiness": 0, "disableOOMKiller": True}, "cpu": {"realtimeRuntime": 5}}

    assert limits.missing_in_v2(asked) == ["swappiness", "OOM kill switch", "real-time runtime"]
    assert limits.missing_in_v2({"memory": {"limit": 5}, "cpu": {}}) == []
