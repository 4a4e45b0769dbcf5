"""-v, --mount, --tmpfs, --read-only and the files of /etc, as root and as an ordinary user."""

import os
from pathlib import Path

from tests.support.command import Pyker
from tests.support.images import folder, make_tar, symlink


def shell(pyker: Pyker, script: str, *options: str) -> str:
    return pyker.out("run", "--rm", "--network", "none", *options, "busybox", "sh", "-c", script)


def test_bind_is_writable_and_its_read_only_twin_is_not(any_pyker: Pyker) -> None:
    place = any_pyker.account.make_directory(any_pyker.world / "data")

    shell(any_pyker, "echo hello > /d/file", "-v", f"{place}:/d")
    said = shell(any_pyker, "cat /d/file; touch /d/x 2>&1 || true", "-v", f"{place}:/d:ro")

    assert (place / "file").read_text() == "hello\n"
    assert said.splitlines() == ["hello", "touch: /d/x: Read-only file system"]


def test_v_makes_a_missing_directory_and_mount_does_not(any_pyker: Pyker) -> None:
    missing = str(any_pyker.world / "missing")

    words = ("run", "--rm", "--network", "none", "--mount", f"type=bind,source={missing},target=/d")
    said = any_pyker.fails(125, *words, "busybox", "true")
    assert f'invalid mount config for type "bind": bind source path does not exist: {missing}' in said

    shell(any_pyker, "true", "-v", f"{missing}:/d")
    assert os.path.isdir(missing)


def test_named_volume_keeps_what_one_container_wrote_for_the_next(any_pyker: Pyker) -> None:
    shell(any_pyker, "echo kept > /d/file", "-v", "data:/d")

    assert shell(any_pyker, "cat /d/file", "-v", "data:/d") == "kept"


def test_named_volume_begins_with_the_image_s_content(any_pyker: Pyker) -> None:
    assert "passwd" in shell(any_pyker, "ls /etc", "-v", "data:/etc")
    assert "passwd" in shell(any_pyker, "ls /x", "-v", "data:/x")


def test_anonymous_volume_goes_with_its_container(any_pyker: Pyker) -> None:
    shell(any_pyker, "touch /d/x", "-v", "/d")

    assert os.listdir(any_pyker.root / "volumes") == []


def test_volume_option_u_gives_it_to_the_user(any_pyker: Pyker) -> None:
    assert shell(any_pyker, "touch /d/x && stat -c %u /d/x", "-u", "1000", "-v", "data:/d:U") == "1000"


def test_tmpfs_has_its_size_and_dies_with_the_container(any_pyker: Pyker) -> None:
    assert "1024" in shell(any_pyker, "touch /t/x; df -k /t", "--tmpfs", "/t:size=1m")


def test_read_only_root_lets_mounts_be_written(any_pyker: Pyker) -> None:
    script = "touch /x 2>&1 || true; touch /t/x && touch /dev/shm/x && touch /d/x && echo written"

    said = shell(any_pyker, script, "--read-only", "--tmpfs", "/t", "-v", "data:/d")

    assert said.splitlines() == ["touch: /x: Read-only file system", "written"]


def test_etc_files_name_the_container(any_pyker: Pyker) -> None:
    said = shell(
        any_pyker, "hostname; cat /etc/hostname; cat /etc/hosts", "-h", "web", "--add-host", "db:10.1.1.1"
    )

    assert said.splitlines()[:2] == ["web", "web"]
    assert "10.1.1.1\tdb" in said


def test_nothing_is_mounted_on_the_host(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "--network", "none", "busybox", "sleep", "100")

    assert str(any_pyker.world) not in Path("/proc/self/mountinfo").read_text()


def test_image_whose_proc_is_a_link_does_not_start(any_pyker: Pyker) -> None:
    path = any_pyker.world / "rootfs.tar"
    path.write_bytes(make_tar(folder("etc"), symlink("proc", "/etc")))
    path.chmod(0o644)
    any_pyker("import", str(path), "hostile")

    said = any_pyker.fails(125, "run", "--rm", "--network", "none", "hostile", "/bin/true")

    assert "/proc of the image is a link or a file, and must be a directory" in said


def test_file_can_be_mounted_over_a_file(any_pyker: Pyker) -> None:
    note = any_pyker.world / "note"
    note.write_text("mine")
    note.chmod(0o644)

    assert shell(any_pyker, "cat /etc/passwd", "-v", f"{note}:/etc/passwd:ro") == "mine"


def test_wrong_words_are_docker_s_errors(any_pyker: Pyker) -> None:
    start = ("run", "--rm", "--network", "none")

    said = any_pyker.fails(125, *start, "-v", "a:/d", "-v", "b:/d", "busybox", "true")
    assert "Duplicate mount point: /d" in said
    said = any_pyker.fails(125, *start, "-v", "a/b:/d", "busybox", "true")
    assert "includes invalid characters for a local volume name" in said


def test_user_without_ranges_can_use_volumes(lone_pyker: Pyker) -> None:
    assert shell(lone_pyker, "echo x > /d/x; cat /d/x", "-v", "data:/d") == "x"
