"""What an image may put where pyker mounts: nothing of it leads out of the root, or to the wrong place."""

import os
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import InvalidError, PykerError, UnsupportedError
from pyker.mount.apply import apply_mounts, make_devices, mask_paths
from pyker.mount.rootfs import default_mounts
from pyker.mount.target import open_target
from pyker.security.devices import NODES
from tests.support.namespace import Link, inside, make_root, mount_points

VICTIM = "/media"  # stands for the host


def bind(target: str, source: str = "/opt") -> dict[str, Any]:
    return {"destination": target, "type": "bind", "source": source, "options": ["rbind"]}


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
@pytest.mark.parametrize("content", [Link(VICTIM), Link("/etc"), Link("."), "a file"], ids=repr)
def test_kernel_directory_that_is_none_is_refused(name: str, content: Any) -> None:
    def act() -> dict[str, str]:
        root = make_root({name: content, "etc": {}})
        with pytest.raises(InvalidError, match="must be a directory"):
            apply_mounts(root, default_mounts())
        return {path: kind for path, kind in mount_points().items() if path.startswith(f"/{name}")}

    assert inside(act) == {}


def test_link_below_a_kernel_directory_is_refused() -> None:
    def act() -> None:
        root = make_root({"sys": {"fs": Link(VICTIM)}})
        plan = [mount for mount in default_mounts() if mount["type"] == "cgroup"]
        with pytest.raises(InvalidError, match="must be a directory"):
            apply_mounts(root, plan)

    inside(act)


@pytest.mark.parametrize("link", ["/media", "../../media", "../media", "/proc/self/root/media"])
def test_target_behind_a_link_stays_in_the_root(link: str) -> None:
    def act() -> list[Any]:
        make_root({"host": "untouched"}, VICTIM)
        root = make_root({"data": Link(link)})
        apply_mounts(root, [bind("/data/deep")])
        return [os.listdir(VICTIM), list(mount_points(VICTIM)), list(mount_points())]

    assert inside(act)[:2] == [["host"], []]


def test_dangling_link_is_made_inside_the_root() -> None:
    def act() -> list[Any]:
        make_root({"note": "hello"}, VICTIM)
        root = make_root({"etc": {"resolv.conf": Link("../run/resolve/stub.conf")}})
        apply_mounts(root, [bind("/etc/resolv.conf", f"{VICTIM}/note")])
        return [Path("/srv/run/resolve/stub.conf").read_text(), os.path.islink("/srv/etc/resolv.conf")]

    assert inside(act) == ["hello", True]


def test_link_loop_is_an_error() -> None:
    def act() -> None:
        root = make_root({"a": Link("b"), "b": Link("a")})
        with pytest.raises(PykerError, match="Too many levels of symbolic links"):
            apply_mounts(root, [bind("/a/x")])

    inside(act)


def test_dangling_links_that_name_each_other_end() -> None:
    def act() -> None:
        root = make_root({"a": Link("b/x"), "b": Link("a/x")})
        with pytest.raises(PykerError, match="Too many levels of symbolic links"):
            apply_mounts(root, [bind("/a")])

    inside(act)


def test_path_of_a_thousand_parts_is_not_made() -> None:
    def act() -> list[str]:
        root = make_root({})
        with pytest.raises(PykerError, match="File name too long"):
            apply_mounts(root, [bind("/a" * 1000)])
        return os.listdir("/srv")

    assert inside(act) == []


def test_magic_link_on_the_way_is_refused() -> None:
    def act() -> None:
        root = make_root({"x": Link("/proc/self/root")})
        apply_mounts(root, [mount for mount in default_mounts() if mount["type"] == "proc"])
        with pytest.raises(PykerError):
            apply_mounts(root, [bind("/x/media")])

    inside(act)


@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/proc/sys/kernel", "//proc/./1", "/x", "/x/self"])
def test_nothing_is_mounted_over_proc(target: str) -> None:
    def act() -> list[str]:
        root = make_root({"x": Link("proc")})
        proc = [mount for mount in default_mounts() if mount["type"] == "proc"]
        with pytest.raises(InvalidError, match="/proc"):
            apply_mounts(root, [*proc, bind(target)])
        return list(mount_points())

    assert inside(act) == ["/proc"]


def test_single_files_of_lxcfs_may_cover_proc() -> None:
    def act() -> str:
        make_root({"meminfo": "mine"}, VICTIM)
        root = make_root({})
        proc = [mount for mount in default_mounts() if mount["type"] == "proc"]
        apply_mounts(root, [*proc, bind("/proc/meminfo", f"{VICTIM}/meminfo")])
        return Path("/srv/proc/meminfo").read_text()

    assert inside(act) == "mine"


def test_nothing_is_mounted_over_the_root_itself() -> None:
    def act() -> None:
        root = make_root({})
        with pytest.raises(InvalidError, match="destination can't be '/'"):
            apply_mounts(root, [bind("//.")])

    inside(act)


@pytest.mark.parametrize("link", ["/media/file", "/proc/kcore", "zero"])
def test_null_that_is_a_link_masks_nothing(link: str) -> None:
    def act() -> None:
        root = make_root({"dev": {"null": Link(link)}, "secret": "text"})
        with pytest.raises(UnsupportedError, match="/dev/null"):
            mask_paths(root, ["/secret"])

    inside(act)


def test_null_that_is_another_device_masks_nothing() -> None:
    def act() -> None:
        root = make_root({"dev": {}, "secret": "text"})
        os.mknod("/srv/dev/null", 0o20666, os.makedev(1, 8))
        with pytest.raises(UnsupportedError, match="not the null device"):
            mask_paths(root, ["/secret"])

    inside(act)


def test_mask_that_is_a_link_covers_nothing_elsewhere() -> None:
    def act() -> list[Any]:
        make_root({"host": "x"}, VICTIM)
        root = make_root({"proc": {"acpi": Link(VICTIM)}})
        with pytest.raises(OSError, match="symbolic"):
            mask_paths(root, ["/proc/acpi"])
        return list(mount_points(VICTIM))

    assert inside(act) == []


@pytest.mark.parametrize("rootless", [False, True], ids=["made", "bound"])
@pytest.mark.parametrize("content", [Link("/media/file"), "a file", {}], ids=["link", "file", "directory"])
def test_device_that_is_something_else_is_refused(content: Any, rootless: bool) -> None:
    def act() -> str:
        make_root({"file": "untouched"}, VICTIM)
        root = make_root({"dev": {"null": content}})
        with pytest.raises(InvalidError, match="not the device c 1:3"):
            make_devices(root, NODES, rootless=rootless)
        return Path(VICTIM, "file").read_text()

    assert inside(act) == "untouched"


def test_dev_that_is_a_link_gets_no_devices() -> None:
    def act() -> list[str]:
        make_root({}, VICTIM)
        root = make_root({"dev": Link(VICTIM)})
        with pytest.raises(OSError, match="symbolic"):
            make_devices(root, NODES)
        return os.listdir(VICTIM)

    assert inside(act) == []


def test_target_that_is_swapped_for_a_link_gets_the_mount_it_was_opened_for() -> None:
    """CVE-2021-30465: another container that shares a volume exchanges the target after it was checked."""

    def act() -> list[Any]:
        from pyker.kernel import mounts
        from pyker.kernel.fsmount import new_filesystem

        make_root({"host": {}}, VICTIM)
        root = make_root({"data": {}})
        target = open_target(root, "/data", directory=True)
        os.rename("/srv/data", "/srv/moved")
        os.symlink(f"{VICTIM}/host", "/srv/data")
        mounts.move_mount(new_filesystem("tmpfs", "tmpfs"), target)
        return [list(mount_points(VICTIM)), mount_points()]

    assert inside(act) == [[], {"/moved": "tmpfs"}]


def test_directory_is_not_mounted_onto_a_file() -> None:
    def act() -> None:
        root = make_root({"data": "a file"})
        with pytest.raises(InvalidError, match="directory onto the file /data"):
            apply_mounts(root, [bind("/data")])

    inside(act)
