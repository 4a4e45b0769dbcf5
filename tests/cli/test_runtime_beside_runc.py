"""The same commands on `pyker-runtime` and on runc end alike: the exit codes, and why something failed."""

import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.runtime import Runtime

pytestmark = pytest.mark.root
Config = dict[str, Any]
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
    runtime.remove_all()
    return codes, words


MAKE = "create --bundle @ c"
SCENES = {
    "created twice": (MAKE, MAKE),
    "started twice": (MAKE, "start c", "start c"),
    "started when stopped": (MAKE, "kill c KILL", "start c"),
    "killed when gone": ("kill c KILL",),
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
}


@pytest.mark.parametrize("name", SCENES)
def test_commands_end_as_with_runc(runtime: Runtime, runc: Runtime, name: str) -> None:
    ours, theirs = played(runtime, SCENES[name]), played(runc, SCENES[name])

    assert ours == theirs


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
