"""A config that makes no sense is refused by the name of the field, before anything is made."""

from typing import Any

import pytest

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.runtime.validate import validate

MOUNT = [{"type": "mount"}]


def config(field: str, value: Any) -> dict[str, Any]:
    """A config that is right but for *field*."""
    spec: dict[str, Any] = {"process": {"args": ["true"], "cwd": "/"}, "linux": {"namespaces": MOUNT}}
    holder = spec
    *parents, last = field.split(".")
    for name in parents:
        holder = holder.setdefault(name, {})
    holder[last] = value
    return spec


def seccomp(**changes: Any) -> dict[str, Any]:
    """A profile with one test of an argument, right but for *changes*."""
    test = {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"} | changes
    rule = {"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "args": [test]}
    return {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ociVersion", 1, "ociVersion must be text"),
        ("process", "x", "process must be an object"),
        ("process.args", [1], r"process.args\[0\] must be text"),
        ("process.user", {"uid": -1}, "process.user.uid must be a number, 0 or more"),
        ("process.rlimits", [{"type": "X"}], r"process.rlimits\[0\].type: 'X' is not one of RLIMIT_AS"),
        ("process.rlimits", [{"type": "RLIMIT_AS", "soft": 1}], r"rlimits\[0\].hard must be a number"),
        ("process.scheduler", {"policy": "FIFO"}, "process.scheduler.policy: 'FIFO' is not one of SCHED_B"),
        ("process.ioPriority", {"class": "IOPRIO_CLASS_BE", "priority": 8}, "priority must be 0 to 7"),
        ("mounts", [{"source": "x"}], r"mounts\[0\].destination must be a path"),
        ("hooks.poststop", [{"path": "x"}], r"hooks.poststop\[0\].path must be an absolute path"),
        ("hooks.poststop", [{"path": "/x", "timeout": 0}], r"poststop\[0\].timeout must be more than 0"),
        ("hostname", "x", "hostname: unable to set it without a private UTS namespace"),
        ("linux.namespaces", [*MOUNT, {"type": "x"}], r"namespaces\[1\].type: 'x' is not one of cgroup"),
        ("linux.namespaces", [*MOUNT, *MOUNT], "there is a mount namespace already"),
        ("linux.uidMappings", [{}], "need a user namespace"),
        ("linux.timeOffsets", {"boottime": {}}, "need a new time namespace"),
        ("linux.rootfsPropagation", "x", "linux.rootfsPropagation: 'x' is not one of private"),
        ("linux.personality", {"domain": "x"}, "linux.personality.domain: 'x' is not one of LINUX, LINUX32"),
        ("linux.sysctl", {"kernel.panic": "1"}, "sysctl 'kernel.panic' is not allowed"),
        ("linux.sysctl", {"net.core.somaxconn": "1"}, "has no network namespace of its own"),
        ("linux.devices", [{"path": "/x", "type": "z"}], r"linux.devices\[0\].type: 'z' is not one of"),
        ("process.env", ["A"], 'process.env: invalid environment variable: "A"'),
        ("process.args", ["a\0b"], r"process.args\[0\] must hold no null byte"),
        ("process.oomScoreAdj", 1001, "process.oomScoreAdj must be -1000 to 1000"),
        ("process.user", {"uid": 1 << 31}, "uids and gids must be in range 0-2147483647"),
        ("process.user", {"additionalGids": [1 << 31]}, "uids and gids must be in range 0-2147483647"),
        ("process.capabilities", {"bounding": [1]}, r"capabilities.bounding\[0\] must be text"),
        ("process.consoleSize", {"height": -1}, "consoleSize.height must be a number, 0 or more"),
        ("annotations", {"a": 1}, "annotations.a must be text"),
        ("linux.resources", {"pids": {"limit": "x"}}, "linux.resources.pids.limit must be a number"),
        ("linux.resources", {"memory": []}, "linux.resources.memory must be an object"),
        ("linux.resources", {"devices": [{"access": "q"}]}, r"devices\[0\].access: 'q' is not made of r"),
        ("linux.resources", {"devices": [{"type": "z"}]}, r"devices\[0\].type: 'z' is not one of a, b, c"),
        ("linux.resources", {"unified": {"../x": "1"}}, "unified: '../x' cannot be a name"),
        ("linux.resources", {"hugepageLimits": [{"pageSize": "/", "limit": 1}]}, "'/' cannot be a name"),
        ("linux.resources", {"blockIO": {"weightDevice": [{"major": 8}]}}, r"\[0\].minor must be a number"),
        ("linux.resources", {"memory": {"limit": 1 << 70}}, "memory.limit must be a number of 64 bits"),
        (
            "linux.seccomp",
            {"defaultAction": "x", "syscalls": [{"names": [5]}]},
            r"syscalls\[0\].names\[0\] must be text",
        ),
        ("linux.seccomp", {"syscalls": []}, "linux.seccomp.defaultAction is missing"),
        ("linux.seccomp", seccomp(index="x"), r"args\[0\].index must be a number"),
        ("linux.seccomp", seccomp(value=-1), r"args\[0\].value must be a number, 0"),
        ("linux.seccomp", seccomp(op=None), r"args\[0\].op is missing"),
        ("linux.devices", [{"path": "/x", "type": "p", "uid": "x"}], r"devices\[0\].uid must be a number, 0"),
        ("linux.devices", [None], r"linux.devices\[0\] must be an object"),
        ("mounts", [{"destination": "/x", "uidMappings": [{}]}], r"uidMappings\[0\].containerID must be"),
        ("mounts", [{"destination": "/x", "options": [None]}], r"options\[0\] must be text"),
        ("process.rlimits", [{"type": []}], r"rlimits\[0\].type: \[\] is not one of"),
        ("process.scheduler", {"policy": "SCHED_BATCH", "nice": "x"}, "scheduler.nice must be a number"),
        ("hooks.poststop", [{"path": "/x", "timeout": 1 << 40}], "timeout must be more than 0, and"),
        ("linux.maskedPaths", ["x"], r"linux.maskedPaths\[0\] must be an absolute path"),
    ],
    ids=str,
)
def test_wrong_field_is_named(field: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        validate(config(field, value))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("linux.intelRdt", {"closID": "x"}),
        ("linux.memoryPolicy", {"mode": "MPOL_BIND"}),
        ("process.selinuxLabel", "x"),
    ],
)
def test_what_cannot_be_done_is_refused(field: str, value: Any) -> None:
    with pytest.raises(UnsupportedError, match=field):
        validate(config(field, value))


@pytest.mark.parametrize("namespaces", [[], [{"type": "mount", "path": "/proc/1/ns/mnt"}]], ids=str)
def test_container_needs_a_mount_namespace_of_its_own(namespaces: list[dict[str, str]]) -> None:
    with pytest.raises(UnsupportedError, match="must have a new mount namespace"):
        validate(config("linux.namespaces", namespaces))


def test_what_the_specification_does_not_know_is_ignored() -> None:
    validate(config("linux.fancy", {"new": True}))
    validate(config("windows", {}))
