"""The kernel's file systems, binds and devices inside a root, for root and in a user namespace."""

import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import UnsupportedError
from pyker.kernel import mounts
from pyker.mount.apply import (
    apply_mounts,
    make_devices,
    mask_paths,
    open_sources,
    protect_paths,
    protect_root,
)
from pyker.mount.rootfs import default_mounts, tmpfs_mount
from pyker.security.devices import NODES
from pyker.security.paths import READONLY, masked
from tests.support.namespace import RANGES, USER, inside, make_root, mount_points

LONE = f"0 {USER} 1"
LINKS = {"ptmx", "core", "stdin", "stdout", "stderr", "fd"}
EVERYBODY = pytest.mark.parametrize(
    "ids", [pytest.param("", id="root"), pytest.param(RANGES, id="user"), pytest.param(LONE, id="lone user")]
)


def bind(source: str, target: str, *options: str) -> dict[str, Any]:
    return {"destination": target, "type": "bind", "source": source, "options": ["rbind", *options]}


def full_root(ids: str) -> int:
    root = make_root({})
    apply_mounts(root, default_mounts(rootless=bool(ids)), rootless=bool(ids))
    make_devices(root, NODES, rootless=bool(ids))
    return root


def flags(path: str) -> set[str]:
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return set([line[5] for line in lines if line[4] == path][-1].split(","))


@EVERYBODY
def test_every_kernel_file_system_is_there(ids: str) -> None:
    def act() -> dict[str, str]:
        full_root(ids)
        return mount_points()

    found = inside(act, ids=ids)

    expected = {"/proc": "proc", "/dev": "tmpfs", "/dev/pts": "devpts", "/sys": "sysfs"}
    expected |= {"/dev/mqueue": "mqueue", "/dev/shm": "tmpfs"}
    assert expected.items() <= found.items()


def test_proc_shows_the_new_pid_namespace() -> None:
    def act() -> list[str]:
        full_root("")
        return [name for name in os.listdir("/srv/proc") if name.isdecimal()]

    assert inside(act) == ["1"]


def test_each_control_group_is_read_only_and_begins_at_its_own_root() -> None:
    def act() -> list[set[str]]:
        full_root("")
        places = [path for path, kind in mount_points().items() if kind.startswith("cgroup")]
        return [list(flags(f"/srv{path}")) for path in places]  # type: ignore[misc]

    found = inside(act)

    assert found
    assert all("ro" in one for one in found)


@EVERYBODY
def test_devices_are_docker_s_seven(ids: str) -> None:
    def act() -> list[Any]:
        full_root(ids)
        nodes = {node["path"]: os.stat(f"/srv{node['path']}").st_rdev for node in NODES}
        wanted = {node["path"]: os.makedev(node["major"], node["minor"]) for node in NODES}
        Path("/srv/dev/null").write_text("nothing")
        return [
            nodes == wanted,
            Path("/srv/dev/zero").open("rb").read(2) == b"\0\0",
            sorted(os.listdir("/srv/dev")),
        ]

    same, zeros, names = inside(act, ids=ids)

    assert same
    assert zeros
    assert set(names) == {node["path"].removeprefix("/dev/") for node in NODES} | LINKS | {
        "pts",
        "shm",
        "mqueue",
    }


@EVERYBODY
def test_masked_files_are_empty_and_masked_directories_too(ids: str) -> None:
    def act() -> list[Any]:
        root = full_root(ids)
        mask_paths(root, masked())
        null = os.stat("/srv/proc/interrupts")
        return [stat.S_ISCHR(null.st_mode), null.st_rdev, os.listdir("/srv/sys/firmware")]

    assert inside(act, ids=ids) == [True, os.makedev(1, 3), []]


@EVERYBODY
def test_kernel_settings_cannot_be_written(ids: str) -> None:
    def act() -> list[str]:
        root = full_root(ids)
        protect_paths(root, READONLY)
        return [
            path for path in READONLY if os.path.isdir(f"/srv{path}") and "ro" not in flags(f"/srv{path}")
        ]

    assert inside(act, ids=ids) == []


def test_read_only_root_leaves_its_mounts_writable() -> None:
    def act() -> list[bool]:
        root = full_root("")
        protect_root(root)
        Path("/srv/dev/shm/x").write_text("x")
        return [os.access("/srv", os.W_OK), os.access("/srv/dev/shm", os.W_OK)]

    assert inside(act) == [False, True]


@EVERYBODY
def test_bind_of_a_directory_and_of_a_file(ids: str) -> None:
    def act() -> list[Any]:
        make_root({"data": {"a": "1"}, "file": "2"}, "/media")
        root = make_root({})
        apply_mounts(root, [bind("/media/data", "/x/y"), bind("/media/file", "/x/z")], rootless=bool(ids))
        return [Path("/srv/x/y/a").read_text(), Path("/srv/x/z").read_text()]

    assert inside(act, ids=ids) == ["1", "2"]


@EVERYBODY
def test_recursive_read_only_reaches_mounts_below(ids: str) -> None:
    def act() -> list[bool]:
        make_root({"below": {}}, "/media")
        make_root({}, "/media/below")
        root = make_root({})
        apply_mounts(
            root, [bind("/media", "/x", "ro", "rro"), bind("/media", "/y", "ro")], rootless=bool(ids)
        )
        return [os.access(f"/srv{path}", os.W_OK) for path in ("/x", "/x/below", "/y", "/y/below")]

    assert inside(act, ids=ids) == [False, False, False, True]


def test_user_cannot_take_away_what_the_host_locked_but_may_mount() -> None:
    def act() -> list[str]:
        root = make_root({})
        apply_mounts(
            root, [bind("/proc", "/x", "exec", "ro"), bind("/dev", "/y", "suid", "exec")], rootless=True
        )
        return sorted(flags("/srv/x"))

    assert "ro" in inside(act, ids=RANGES)


def test_bind_is_private_unless_asked_otherwise() -> None:
    def act() -> list[bool]:
        make_root({"below": {}}, "/media")
        mounts.mount("", "/media", "", mounts.SHARED)
        root = make_root({})
        apply_mounts(root, [bind("/media", "/x"), bind("/media", "/y", "rslave")])
        make_root({"seen": ""}, "/media/below")
        return [os.path.exists(f"/srv/{name}/below/seen") for name in ("x", "y")]

    assert inside(act) == [False, True]


def test_sources_opened_before_are_used() -> None:
    def act() -> str:
        make_root({"file": "early"}, "/media")
        plan = [bind("/media/file", "/x")]
        sources = open_sources(plan)
        make_root({"file": "late"}, "/media")
        root = make_root({})
        apply_mounts(root, plan, sources=sources)
        return Path("/srv/x").read_text()

    assert inside(act) == "early"


@EVERYBODY
def test_tmpfs_takes_size_and_mode(ids: str) -> None:
    def act() -> list[Any]:
        root = make_root({})
        apply_mounts(root, [tmpfs_mount("/t", ("size=64k", "mode=700", "exec"))], rootless=bool(ids))
        status = os.statvfs("/srv/t")
        return [
            status.f_blocks * status.f_frsize,
            stat.S_IMODE(os.stat("/srv/t").st_mode),
            sorted(flags("/srv/t")),
        ]

    size, mode, words = inside(act, ids=ids)

    assert (size, mode) == (65536, 0o700)
    assert {"nosuid", "nodev"} <= set(words)
    assert "noexec" not in words


def test_tmpfs_with_copy_up_begins_with_the_image_s_content() -> None:
    def act() -> list[Any]:
        root = make_root({"run": {"a": "1", "deep": {"b": "2"}}})
        apply_mounts(root, [tmpfs_mount("/run", ("tmpcopyup",))])
        Path("/srv/run/a").write_text("changed")
        return [Path("/srv/run/deep/b").read_text(), mount_points()]

    assert inside(act) == ["2", {"/run": "tmpfs"}]


def cover_kernel_files() -> None:
    """As inside a container: parts of /proc and /sys are masked, and the kernel grants users no new ones."""
    for path in ("/proc/acpi", "/sys/firmware"):
        mounts.mount("tmpfs", path, "tmpfs", mounts.RDONLY)


def test_user_who_may_not_mount_sys_gets_the_host_s_read_only() -> None:
    def act() -> list[Any]:
        root = make_root({})
        plan = [mount for mount in default_mounts(rootless=True) if mount["type"] == "sysfs"]
        apply_mounts(root, plan, rootless=True)
        return [
            os.path.isdir("/srv/sys/class/net"),
            sorted(flags("/srv/sys")),
            os.listdir("/srv/sys/firmware"),
        ]

    there, words, firmware = inside(act, ids=RANGES, before=cover_kernel_files)

    assert there
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(words)
    assert firmware == []


def test_user_who_may_not_mount_proc_is_told_why() -> None:
    def act() -> list[str]:
        root = make_root({})
        with pytest.raises(UnsupportedError, match="may not mount a new /proc") as caught:
            apply_mounts(root, default_mounts(rootless=True), rootless=True)
        return [caught.value.hint]

    assert "covers parts" in inside(act, ids=RANGES, before=cover_kernel_files)[0]


def test_default_mounts_cost_no_more_than_fifty_of_the_plainest() -> None:
    """A measure that holds on slow machines too; here it is 2 to 3 milliseconds."""

    def act() -> float:
        root = make_root({})
        begin = time.process_time()
        for _ in range(10):
            apply_mounts(root, [tmpfs_mount("/plain")])
        plain = time.process_time()
        apply_mounts(root, default_mounts())
        make_devices(root, NODES)
        mask_paths(root, masked())
        protect_paths(root, READONLY)
        return (time.process_time() - plain) / ((plain - begin) / 10)

    assert min(inside(act) for _ in range(5)) < 50
