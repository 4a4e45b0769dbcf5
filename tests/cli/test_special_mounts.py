"""Mounts that are more than a directory: images, overlays, parts of volumes, other ids, shared ones."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.images import folder, make_tar, symlink


def shell(pyker: Pyker, script: str, *options: str) -> str:
    return pyker.out("run", "--rm", "--network", "none", *options, "busybox", "sh", "-c", script)


def data(pyker: Pyker) -> Path:
    """A directory of the host with a file, which the account owns."""
    place = pyker.account.make_directory(pyker.world / "data")
    (place / "file").write_text("kept\n")
    os.chown(place / "file", pyker.account.uid, pyker.account.gid)
    return place


def test_overlay_volume_lets_write_and_keeps_nothing(any_pyker: Pyker) -> None:
    place = data(any_pyker)

    said = shell(any_pyker, "echo lost > /d/file; touch /d/new; cat /d/file", "-v", f"{place}:/d:O")

    assert said == "lost"
    assert [path.name for path in place.iterdir()] == ["file"]
    assert (place / "file").read_text() == "kept\n"


def test_overlay_volume_may_keep_what_is_written_elsewhere(pyker: Pyker) -> None:
    place = data(pyker)
    upper, work = (pyker.account.make_directory(pyker.world / name) for name in ("up", "work"))

    shell(pyker, "echo new > /d/file", "-v", f"{place}:/d:O,upperdir={upper},workdir={work}")

    assert (upper / "file").read_text() == "new\n"
    assert (place / "file").read_text() == "kept\n"


def test_image_is_mounted_read_only_and_on_demand_writable(any_pyker: Pyker) -> None:
    mount = "type=image,source=busybox,target=/i"

    said = shell(any_pyker, "ls /i; touch /i/x 2>&1 || true", "--mount", mount)
    assert "bin" in said.split()
    assert "Read-only file system" in said
    assert (
        shell(any_pyker, "touch /i/new && ls /i", "--mount", f"{mount},rw,subpath=etc").split()[-1]
        == "passwd"
    )


def test_image_that_is_mounted_is_not_removed(pyker: Pyker) -> None:
    path = pyker.world / "other.tar"
    path.write_bytes(make_tar(folder("etc")))
    pyker("import", str(path), "other")
    pyker("create", "--name", "c", "--mount", "type=image,src=other,dst=/i", "busybox", "true")

    assert "is using its referenced image" in pyker.fails(1, "rmi", "other")


def test_part_of_a_volume_is_mounted_and_no_link_leads_out(any_pyker: Pyker) -> None:
    shell(any_pyker, "mkdir /d/part && ln -s / /d/out && ln -s /../../etc /d/far", "-v", "data:/d")

    shell(any_pyker, "touch /p/x", "--mount", "src=data,dst=/p,volume-subpath=part")
    assert "x" in shell(any_pyker, "ls /d/part", "-v", "data:/d")
    assert "part" in shell(any_pyker, "ls /p", "--mount", "src=data,dst=/p,volume-subpath=out")
    words = ("run", "--rm", "--network", "none", "--mount", "src=data,dst=/p,volume-subpath=far", "busybox")
    assert "cannot access path far" in any_pyker.fails(125, *words, "true")


def test_ids_of_a_mount_are_mapped(pyker: Pyker) -> None:
    place = data(pyker)
    mapped = ("-v", f"{place}:/d:idmap=uids=0-55-1;gids=0-66-1")

    assert shell(pyker, "stat -c %u:%g /d/file", *mapped) == "55:66"
    ids = ("--uidmap", "0:300000:1000", "--gidmap", "0:300000:1000")
    assert shell(pyker, "stat -c %u:%g /d/file", *ids, "-v", f"{place}:/d:idmap") == "0:0"
    words = ("run", "--rm", "--network", "none", "-v", f"{place}:/d:idmap", "busybox", "true")
    assert "the container has no user namespace" in pyker.fails(125, *words)


def test_user_may_not_map_ids_of_a_mount(user_pyker: Pyker) -> None:
    words = ("run", "--rm", "--network", "none", "-v", f"{data(user_pyker)}:/d:idmap=uids=0-5-1;gids=0-5-1")

    assert "cannot map the ids of" in user_pyker.fails(125, *words, "busybox", "true")


def test_new_file_systems_have_their_options(any_pyker: Pyker) -> None:
    mounts = ("--mount", "type=tmpfs,dst=/t,U,tmpfs-size=1m", "--mount", "type=devpts,dst=/p,mode=600")
    script = "stat -c %u /t; grep -e ' /t ' -e ' /p ' /proc/mounts"

    said = shell(any_pyker, script, "-u", "33", *mounts)

    assert said.startswith("33\n")
    assert "size=1024k" in said
    assert "devpts" in said


def test_volumes_of_another_container_are_had_as_it_has_them(any_pyker: Pyker) -> None:
    mounts = ("-v", "data:/d", "-v", f"{data(any_pyker)}:/o:O", "--mount", "type=image,src=busybox,dst=/i")
    any_pyker("create", "--name", "one", *mounts, "busybox", "true")
    script = "touch /d/x 2>&1 || true; touch /o/x 2>&1 || true; ls /o /i"

    said = shell(any_pyker, script, "--volumes-from", "one")
    assert {"/i:", "bin", "x"} <= set(said.split())
    assert "/d/x: Read-only file system" in shell(any_pyker, script, "--volumes-from", "one:ro,z")
    assert "invalid mode: no" in any_pyker.fails(125, "run", "--volumes-from", "one:no", "busybox")


def test_copy_sees_the_part_of_a_volume(pyker: Pyker) -> None:
    shell(pyker, "mkdir /d/part", "-v", "data:/d")
    pyker("create", "--name", "c", "--mount", "src=data,dst=/p,volume-subpath=part", "busybox", "true")

    pyker("cp", str(data(pyker) / "file"), "c:/p/file")

    assert shell(pyker, "cat /d/part/file", "-v", "data:/d") == "kept"


PROPAGATION = """
set -e
mount -t tmpfs one "$1"; mkdir "$1/host" "$1/inside"
! $2 run --rm --network none -v "$1:/d:rshared" busybox true
mount --make-shared "$1"
$2 run -d --name c --network none --privileged -v "$1:/s:rshared" -v "$1:/r:rslave" busybox sleep 100
mount -t tmpfs two "$1/host"; touch "$1/host/seen"
$2 exec c sh -c 'cat /s/host/seen /r/host/seen; mount -t tmpfs three /s/inside; touch /s/inside/seen'
ls "$1/inside" "$1/host"; umount "$1/host"
$2 exec c sh -c 'ls /s/host /r/inside'; $2 rm -f c
umount -R "$1"
"""


def test_mounts_are_shared_both_ways_when_asked_for(pyker: Pyker) -> None:
    place = pyker.account.make_directory(pyker.world / "shared")

    run = subprocess.run(
        [
            "unshare",
            "-m",
            "--propagation",
            "private",
            "sh",
            "-c",
            PROPAGATION,
            "sh",
            str(place),
            pyker.program,
        ],
        env=pyker.environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"path {place} is mounted on {place} but it is not a shared mount" in run.stderr
    assert run.stdout.count("seen") == 3


@pytest.mark.parametrize("link", ["/proc", "/proc/self", "../../proc"])
def test_image_mount_is_not_led_into_proc(pyker: Pyker, link: str, rootfs_tar: Path) -> None:
    path = pyker.world / "hostile.tar"
    path.write_bytes(make_tar(folder("etc"), folder("proc"), symlink("i", link)))
    pyker("import", str(path), "hostile")

    words = ("--mount", "type=image,src=busybox,dst=/i", "hostile", "/x")
    said = pyker.fails(125, "run", "--rm", "--network", "none", *words)

    assert "/i cannot be mounted because it leads into /proc" in said
