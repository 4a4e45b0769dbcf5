"""Rootless re-entry: an ordinary user becomes uid 0 of a namespace of their own, in place."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import UnsupportedError
from pyker.base.home import Home
from pyker.kernel import mounts
from pyker.kernel.namespaces import NEWNS, unshare
from pyker.kernel.procfs import id_map
from pyker.namespaces.userns import reenter
from tests.support.command import Account
from tests.support.namespace import USER, become, forked

HOME = Home("/nowhere/g", "/nowhere/r", "/nowhere/c", True)


def as_user(uid: int, gid: int, act: Callable[[], Any], warnings: "list[str] | None" = None) -> Any:
    """What *act* returns after *uid* re-entered, in a process of its own."""

    def enter() -> Any:
        become(uid, gid)
        said: list[str] = []
        reenter(HOME, said.append)
        return [act(), said]

    value, said = forked(enter)
    if warnings is not None:
        warnings += said
    return value


def facts() -> list[Any]:
    map_lines = [[one.inside, one.outside, one.count] for one in id_map("uid")]
    return [os.getuid(), os.getgid(), map_lines, Path("/proc/self/setgroups").read_text().strip()]


def test_user_with_ranges_has_many_ids(user: Account) -> None:
    said: list[str] = []

    uid, gid, ranges, setgroups = as_user(user.uid, user.gid, facts, said)

    assert (uid, gid, setgroups) == (0, 0, "allow")
    assert ranges[0] == [0, user.uid, 1]
    assert ranges[1][0] == 1
    assert ranges[1][2] >= 65536
    assert said == []


def test_user_without_ranges_has_one_id_and_is_told(lone_user: Account) -> None:
    said: list[str] = []

    uid, gid, ranges, setgroups = as_user(lone_user.uid, lone_user.gid, facts, said)

    assert (uid, gid, setgroups) == (0, 0, "deny")
    assert ranges == [[0, lone_user.uid, 1]]
    assert len(said) == 1
    assert "/etc/subuid has no range for this user" in said[0]


def test_user_without_a_name_can_re_enter_too() -> None:
    assert as_user(USER, USER, os.getuid) == 0


def test_mounts_made_after_it_stay_inside(user: Account) -> None:
    def act() -> bool:
        mounts.mount("tmpfs", "/srv", "tmpfs")
        Path("/srv/x").write_text("x")
        return os.path.exists("/srv/x")

    assert as_user(user.uid, user.gid, act)
    assert not os.path.exists("/srv/x")


def test_files_can_be_given_to_other_ids(user: Account) -> None:
    def act() -> int:
        mounts.mount("tmpfs", "/srv", "tmpfs")
        Path("/srv/x").write_text("x")
        os.chown("/srv/x", 1000, 1000)
        return os.stat("/srv/x").st_uid

    assert as_user(user.uid, user.gid, act) == 1000


def test_root_stays_where_it_is() -> None:
    def act() -> list[bool]:
        before = os.readlink("/proc/self/ns/user")
        reenter(HOME, pytest.fail)
        return [os.readlink("/proc/self/ns/user") == before]

    assert forked(act) == [True]


def test_ranges_of_another_user_are_refused_with_the_program_s_words() -> None:
    """newuidmap itself checks the ranges; ours are bound over the files in a mount namespace of the test."""

    def act() -> str:
        unshare(NEWNS)
        mounts.mount("", "/", "", mounts.REC | mounts.PRIVATE)
        mounts.mount("tmpfs", "/srv", "tmpfs")
        for name in ("subuid", "subgid"):
            Path(f"/srv/{name}").write_text(f"{USER}:0:10\n")
            mounts.mount(f"/srv/{name}", f"/etc/{name}", "", mounts.BIND)
        become(USER, USER)
        with pytest.raises(UnsupportedError, match="cannot write the id map") as caught:
            reenter(HOME, pytest.fail)
        return caught.value.message

    assert "new" in forked(act)


def test_forbidden_user_namespaces_are_explained() -> None:
    def act() -> list[str]:
        from pyker.kernel.namespaces import NEWUSER

        become(USER, USER)
        unshare(NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"5 {USER} 1"), ("gid_map", f"5 {USER} 1")):
            Path(f"/proc/self/{name}").write_text(text)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        with pytest.raises(UnsupportedError, match="cannot make a user namespace") as caught:
            reenter(HOME, lambda _: None)
        return [caught.value.hint]

    assert "max_user_namespaces" in forked(act)[0]
