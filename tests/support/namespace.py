"""Throw-away namespaces: a function runs in a forked child that has mounts, pids and ids of its own."""

import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prctl

from pyker.kernel import mounts, namespaces
from pyker.kernel.fsmount import new_filesystem
from pyker.kernel.paths import CLOEXEC_DIRECTORY

KINDS = (
    namespaces.NEWNS
    | namespaces.NEWPID
    | namespaces.NEWIPC
    | namespaces.NEWNET
    | namespaces.NEWUTS
    | namespaces.NEWCGROUP
)
USER, FIRST, COUNT = 61234, 3_000_000, 65536  # an id nobody has, and ids nobody was lent
RANGES = f"0 {USER} 1\n1 {FIRST} {COUNT}"


class Link(str):
    """In a tree: a symbolic link to this."""


def inside(act: Callable[[], Any], *, ids: str = "", before: Callable[[], Any] | None = None) -> Any:
    """What *act* returns (as JSON) in fresh namespaces; *ids* maps a user namespace to be uid 0 of.

    *before* is done as root in a mount namespace below it: what that mounts is the host to *act*.
    """
    answer, result = os.pipe()
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        _prepare(before)
        _leave(lambda: _enter(act, ids, (ready, go), result), result)
    os.close(result)
    if ids:
        os.read(answer, 1)
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{kind}").write_text(ids)
    os.write(go, b"x")
    with open(answer, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    for descriptor in (ready, go):
        os.close(descriptor)
    return _outcome(text)


def _prepare(before: Callable[[], Any] | None) -> None:
    if before:
        namespaces.unshare(namespaces.NEWNS)
        mounts.mount("", "/", "", mounts.REC | mounts.PRIVATE)
        before()


def become(uid: int, gid: int) -> None:
    """Be that user, as a program that user has started would be: able to write to its own /proc/self."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    prctl.set_dumpable(1)


def forked(act: Callable[[], Any]) -> Any:
    """What *act* returns (as JSON) in a child of this process; its error is raised as an AssertionError."""
    answer, result = os.pipe()
    child = os.fork()
    if child == 0:
        _leave(act, result)
    os.close(result)
    with open(answer, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    return _outcome(text)


def _outcome(text: str) -> Any:
    outcome = json.loads(text or '{"error": "the child died"}')
    assert "error" not in outcome, outcome["error"]
    return outcome["value"]


def _enter(act: Callable[[], Any], ids: str, start: tuple[int, int], result: int) -> Any:
    if ids:
        become(USER, USER)
        namespaces.unshare(namespaces.NEWUSER)
        os.write(result, b" ")
    os.read(start[0], 1)
    namespaces.unshare(KINDS)
    mounts.mount("", "/", "", mounts.REC | mounts.SLAVE)
    if os.fork() == 0:  # pid 1 of the new pid namespace
        _leave(act, result)
    os.wait()
    os._exit(0)


def _leave(act: Callable[[], Any], result: int) -> None:
    try:
        text = json.dumps({"value": act()})
    except BaseException:  # noqa: BLE001 - the parent raises it
        text = json.dumps({"error": traceback.format_exc()})
    os.write(result, text.encode())
    os._exit(0)


def make_root(tree: dict[str, Any], place: str = "/srv") -> int:
    """A root with the content *tree* on a new tmpfs at *place*, opened; for use inside a namespace."""
    filesystem = new_filesystem("tmpfs", "tmpfs", ("mode=755",))
    target = os.open(place, os.O_PATH | os.O_DIRECTORY)
    mounts.move_mount(filesystem, target)
    os.close(target)
    os.close(filesystem)
    fill(Path(place), tree)
    return os.open(place, CLOEXEC_DIRECTORY)


def fill(place: Path, tree: dict[str, Any]) -> None:
    """Make the entries of *tree* in *place*: text is a file, a Link a link, a dict a directory."""
    for name, content in tree.items():
        path = place / name
        if isinstance(content, Link):
            path.symlink_to(content)
        elif isinstance(content, dict):
            path.mkdir()
            fill(path, content)
        else:
            path.write_text(content)


def mount_points(below: str = "/srv") -> dict[str, str]:
    """Where something is mounted below *below*, and of what type."""
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    found = {line[4]: line[line.index("-") + 1] for line in lines}
    return {path.removeprefix(below): kind for path, kind in found.items() if path.startswith(f"{below}/")}
