"""The same commands on `pyker-runtime` and on runc end alike: the exit codes, and why something failed."""

import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyker.cgroup.hierarchy import detect
from tests.support.runtime import Runtime

pytestmark = pytest.mark.root
Config = dict[str, Any]
KILL = "kill c KILL"
BUNDLE = "@"  # in a scene: the path of its bundle


@pytest.fixture
def runc(runtime: Runtime) -> Iterator[Runtime]:
    """runc, with a state root of its own."""
    world = runtime.world / "runc"
    world.mkdir()
    peer = Runtime("runc", world, runtime.root)
    peer.groups = f"pyker-runc-{os.getpid()}"
    yield peer
    peer.remove_all()
    for group in [where for where, _, _ in os.walk("/sys/fs/cgroup") if where.endswith(f"/{peer.groups}")]:
        os.rmdir(group)  # runc leaves it, and where it is depends on the group of who runs it


def said(runtime: Runtime, errors: str) -> str:
    """The last failure in what was written to stderr, without who says it and where it is."""
    lines = errors.strip().splitlines()
    if not lines:
        return ""
    found = re.search(r'msg="(.*)"$', lines[-1])
    text = (found[1] if found else lines[-1]).removesuffix("\\n").replace('\\"', '"')
    return text.replace(str(runtime.world), "").replace("pyker-runtime", "runc")


def played(
    runtime: Runtime, scene: "tuple[str, ...]", change: "Callable[[Config], object] | None" = None
) -> "tuple[list[int], str]":
    """How each command of *scene* ended, and what the last one that failed said."""
    bundle = Path(runtime.bundle("sleep", "1000"))
    config = json.loads((bundle / "config.json").read_text())
    if change:
        change(config)
    (bundle / "config.json").write_text(json.dumps(config))
    codes, words = [], ""
    for line in scene:
        done = runtime.try_(*(str(bundle) if word == BUNDLE else word for word in shlex.split(line)))
        codes.append(done.returncode)
        words = said(runtime, done.stderr) if done.returncode else words
        if line == KILL and not done.returncode:
            runtime.wait_for("c", "stopped")
    runtime.remove_all()
    return codes, words


MAKE = "create --bundle @ c"
SCENES = {
    "created twice": (MAKE, MAKE),
    "started twice": (MAKE, "start c", "start c"),
    "started when stopped": (MAKE, KILL, "start c"),
    "killed when gone": (KILL,),
    "deleted while it runs": (MAKE, "start c", "delete c"),
    "deleted by force": (MAKE, "start c", "delete --force c", "state c"),
    "deleted twice by force": (MAKE, "delete --force c", "delete --force c"),
    "exec before the start": (MAKE, "exec c true"),
    "exec in none": ("exec c true",),
    "exec of nothing": (MAKE, "start c", "exec c /nonexistent"),
    "exec gives the code": (MAKE, "start c", "exec c sh -c 'exit 7'"),
    "state of none": ("state c",),
    "pause of none": ("pause c",),
    "pause twice": (MAKE, "start c", "pause c", "pause c"),
    "resume of a running one": (MAKE, "start c", "resume c"),
    "exec while paused": (MAKE, "start c", "pause c", "exec c true"),
    "delete while paused": (MAKE, "start c", "pause c", "delete c"),
    "unknown signal": (MAKE, "start c", "kill c NONSENSE"),
    "bad name": ("create --bundle @ a/b",),
    "no name": ("create --bundle @",),
    "no bundle": ("create --bundle /nonexistent c",),
    "unknown command": ("frobnicate c",),
    "console socket without terminal": ("create --bundle @ --console-socket /nonexistent c",),
    "update of none": ("update --memory 1000000000 c",),
    "ps of none": ("ps c",),
    "events of none": ("events --stats c",),
    "events without a pause": (MAKE, "events --interval 0s --stats c"),
    "events of a stopped one": (MAKE, KILL, "events --stats c"),
    "help of nothing": ("help nonsense",),
    "log that cannot be": ("--log /nonexistent/log list",),
    "path of criu": ("--criu /nonexistent list",),
    "list in a form unknown": ("list --format xml",),
    "list with a word more": ("list c",),
    "ps in a form unknown": (MAKE, "ps --format xml c"),
    "ps without a PID": (MAKE, "ps c -o args"),
    "ps of a stopped one": (MAKE, KILL, "ps --format json c"),
    "update that says nothing": (MAKE, "update c"),
    "update to no size": (MAKE, "update --memory x c"),
    "update from nowhere": (MAKE, "update --resources /nonexistent c"),
    "update when stopped": (MAKE, KILL, "update --memory 100000000 c"),
    "kill in lower case": (MAKE, "kill c sigkill"),
    "kill all of a stopped one": (MAKE, KILL, "kill --all c KILL"),
    "exec of no words": (MAKE, "start c", "exec c"),
    "exec in a relative directory": (MAKE, "start c", "exec --cwd tmp c true"),
    "exec with a capability unknown": (MAKE, "start c", "exec --cap CAP_NONSENSE c true"),
    "exec with a terminal for nobody": (MAKE, "start c", "exec -d -t c true"),
    "exec killed": (MAKE, "start c", "exec c sh -c 'kill -9 $$'"),
    "spec where one is": ("spec --bundle @",),
    "spec where nothing is": ("spec --bundle /nonexistent",),
}
if detect().version != "v2":  # which has weights, that shares are made to fit
    SCENES["update to too few shares"] = (MAKE, "update --cpu-share 1 c")
    SCENES["update to too many shares"] = (MAKE, "update --cpu-share 1000000 c")


@pytest.mark.parametrize("name", SCENES)
def test_commands_end_as_with_runc(runtime: Runtime, runc: Runtime, name: str) -> None:
    ours, theirs = played(runtime, SCENES[name]), played(runc, SCENES[name])

    assert ours == theirs


ALIKE = {  # with words of our own
    "not preserved": ("create --bundle @ --preserve-fds 5 c",),
    "no pid file": (MAKE, "start c", "exec --pid-file /nonexistent/pid c true"),
    "no process file": (MAKE, "start c", "exec --process /nonexistent c"),
    "no user": (MAKE, "start c", "exec --user root c true"),
    "no group": (MAKE, "start c", "exec --additional-gids x c true"),
    "no label": (MAKE, "start c", "exec --process-label a:b:c:d c true"),
    "no profile": (MAKE, "start c", "exec --apparmor nonsense c true"),
    "no directory": (MAKE, "start c", "exec --cwd /nonexistent c true"),
    "no CPU": (MAKE, "update --cpuset-cpus 999 c"),
    "no resources": (MAKE, "update --resources - c"),
}


@pytest.mark.parametrize("name", ALIKE)
def test_failures_have_the_exit_codes_of_runc(runtime: Runtime, runc: Runtime, name: str) -> None:
    (ours, why), (theirs, reason) = (played(one, ALIKE[name]) for one in (runtime, runc))

    assert ours == theirs, (why, reason)
    assert why
    assert "internal error" not in why


# What only runc tells: of control groups that we do not make, and of programs that we do not use.
OF_RUNC = {"cpuset", "hugetlb", "intel_rdt", "network_interfaces", "io.github.seccomp.libseccomp.version"}


def same_shape(ours: Any, theirs: Any, where: str = "") -> None:
    """What *theirs* has, *ours* has too, and of the same type."""
    if isinstance(theirs, dict):
        for name in theirs.keys() - OF_RUNC:
            if not name.startswith("org.opencontainers.runc"):
                assert name in ours, f"{where}.{name}"
                same_shape(ours[name], theirs[name], f"{where}.{name}")
    elif isinstance(theirs, list) and theirs and ours:
        same_shape(ours[0], theirs[0], f"{where}[0]")
    assert isinstance(ours, type(theirs)), where


DOCUMENTS = ("state c", "list --format json", "events --stats c", "ps --format json c", "features")


def test_documents_have_the_shape_of_runc_s(runtime: Runtime, runc: Runtime) -> None:
    for one in (runtime, runc):
        one.running("c")
    for words in DOCUMENTS:
        ours, theirs = (json.loads(one(*words.split())) for one in (runtime, runc))

        same_shape(ours, theirs, words)


def test_tables_are_those_of_runc(runtime: Runtime, runc: Runtime) -> None:
    for one in (runtime, runc):
        one.running("c")
    for words in ("list", "list --quiet", "ps c", "ps c -o pid,args"):
        ours, theirs = (one(*words.split()).splitlines() for one in (runtime, runc))

        assert len(ours) == len(theirs)
        assert ours[0].split() == theirs[0].split()


@pytest.mark.parametrize("words", [(), ("--rootless",)], ids=str)
def test_config_to_start_from_is_that_of_runc(
    runtime: Runtime, runc: Runtime, words: tuple[str, ...]
) -> None:
    made = []
    for one in (runtime, runc):
        (place := one.world / "spec").mkdir()
        one("spec", "--bundle", str(place), *words)
        config = json.loads((place / "config.json").read_text())
        config["linux"]["namespaces"].sort(key=lambda namespace: namespace["type"])
        made.append(config | {"hostname": ""})

    assert made[0] == made[1]


def process(**values: Any) -> "Callable[[Config], object]":
    return lambda config: config["process"].update(values)


def linux(**values: Any) -> "Callable[[Config], object]":
    return lambda config: config["linux"].update(values)


MISTAKES: "dict[str, Callable[[Config], object]]" = {
    "no process": lambda config: config.pop("process"),
    "no args": process(args=[]),
    "no cwd": process(cwd=""),
    "relative cwd": process(cwd="here"),
    "cwd that is not there": process(cwd="/not/there"),
    "no root": lambda config: config.pop("root"),
    "root that is not there": lambda config: config["root"].update(path="/nonexistent"),
    "unknown namespace": linux(namespaces=[{"type": "pid"}, {"type": "mount"}, {"type": "nonsense"}]),
    "namespace twice": linux(namespaces=[{"type": "pid"}, {"type": "pid"}, {"type": "mount"}]),
    "namespace that is not there": linux(
        namespaces=[{"type": "mount"}, {"type": "network", "path": "/nonexistent"}]
    ),
    "unknown capability": process(capabilities={"bounding": ["CAP_NONSENSE"], "permitted": ["KILL"]}),
    "capability that is not permitted": process(capabilities={"effective": ["CAP_KILL"]}),
    "variable without a value": process(env=["A"]),
    "variable with a null byte": process(env=["A=\0"]),
    "user above all": process(user={"uid": 1 << 31, "gid": 0}),
    "groups in words": process(user={"uid": 0, "gid": 0, "additionalGids": ["wheel"]}),
    "soft limit above the hard": process(rlimits=[{"type": "RLIMIT_NOFILE", "hard": 1, "soft": 2}]),
    "limit in words": process(rlimits=[{"type": "RLIMIT_NOFILE", "hard": "1", "soft": 1}]),
    "size of a terminal in words": process(consoleSize={"height": "x", "width": 1}),
    "score out of range": process(oomScoreAdj=5000),
    "closed program": process(args=["/root/program"], user={"uid": 1000, "gid": 1000}),
    "unknown action": linux(seccomp={"defaultAction": "SCMP_ACT_NONSENSE"}),
    "unknown architecture": linux(
        seccomp={"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NONSENSE"]}
    ),
    "unknown system call": linux(
        seccomp={
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"names": ["nonsense"], "action": "SCMP_ACT_ERRNO"}],
        }
    ),
    "agent without a socket": linux(
        seccomp={
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"names": ["chmod"], "action": "SCMP_ACT_NOTIFY"}],
        }
    ),
    "pids in words": linux(resources={"pids": {"limit": "x"}}),
    "unknown kind of device": linux(resources={"devices": [{"allow": True, "type": "z"}]}),
    "annotation that is a number": lambda config: config.update(annotations={"a": 1}),
    "unknown mount option": lambda config: config["mounts"].append(
        {"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["nonsense"]}
    ),
    "mount upon the kernel's files": lambda config: config["mounts"].append(
        {"destination": "/proc/self", "type": "bind", "source": "/tmp", "options": ["bind"]}
    ),
    "hook that is not there": lambda config: config.update(
        hooks={"createRuntime": [{"path": "/nonexistent"}]}
    ),
    "hook that fails": lambda config: config.update(hooks={"createRuntime": [{"path": "/bin/false"}]}),
    "hook that hangs": lambda config: config.update(
        hooks={"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "30"], "timeout": 1}]}
    ),
    "unknown limit": process(rlimits=[{"type": "RLIMIT_NONSENSE", "hard": 1, "soft": 1}]),
    "program that is not there": process(args=["/nonexistent"]),
    "program that is no program": process(args=["/etc"]),
    "unknown kernel parameter": linux(sysctl={"kernel.hostname": "x"}),
    "parameter of the host": linux(sysctl={"vm.swappiness": "1"}),
    "hostname without a namespace": linux(namespaces=[{"type": "pid"}, {"type": "mount"}]),
    "label without SELinux": process(selinuxLabel="a:b:c:d"),
    "profile without AppArmor": process(apparmorProfile="nonsense"),
    "cache classes": linux(intelRdt={"l3CacheSchema": "L3:0=f"}),
    "memory too small": linux(resources={"memory": {"limit": 1}}),
    "mount upon nothing": lambda config: config["mounts"].append(
        {"destination": "relative", "type": "tmpfs"}
    ),
    "source that is not there": lambda config: config["mounts"].append(
        {"destination": "/mnt", "type": "bind", "source": "/nonexistent", "options": ["bind"]}
    ),
    "unknown file system": lambda config: config["mounts"].append(
        {"destination": "/mnt", "type": "nonsense", "source": "nonsense"}
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_end_as_with_runc(runtime: Runtime, runc: Runtime, name: str) -> None:
    scene = ("create --bundle @ c", "start c")

    (ours, why), (theirs, reason) = (played(one, scene, MISTAKES[name]) for one in (runtime, runc))

    assert ours == theirs, (why, reason)
    assert bool(why) == bool(reason)
    assert "internal error" not in why
    assert "Error:" not in why
