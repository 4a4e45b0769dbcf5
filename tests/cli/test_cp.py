"""`cp`: the rules of docker cp, both ways, on containers that run, do not, or fight back."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.images import entry, folder, hard_link, make_tar, symlink
from tests.support.swapping import swapping
from tests.support.waiting import eventually

SCRIPT = (
    "mkdir -p /d/sub; echo hi > /d/f; ln -s f /d/l; ln -s /d /dl; ln /d/f /d/h; echo deep > /d/sub/x; "
    "ln -s /nowhere/at/all /bad; echo v > /vol/v; touch /ready; exec sleep 1000"
)


def start(pyker: Pyker, *options: str) -> None:
    """A running container, `box`, with some files."""
    words = ("--network", "none", "--name", "box", "-v", "/vol", *options)
    pyker("run", "-d", *words, "busybox", "sh", "-c", SCRIPT)
    eventually(lambda: pyker("exec", "box", "ls", "/ready", check=False).returncode == 0)


@pytest.fixture
def box(any_pyker: Pyker) -> Pyker:
    start(any_pyker)
    return any_pyker


@pytest.fixture
def root_box(pyker: Pyker) -> Pyker:
    start(pyker)
    return pyker


def place(pyker: Pyker, name: str = "here") -> Path:
    """A directory of this machine that the account of *pyker* owns."""
    return pyker.account.make_directory(pyker.world / name)


def give(pyker: Pyker, path: Path, text: str = "data\n") -> Path:
    path.write_text(text)
    os.chown(path, pyker.account.uid, pyker.account.gid)
    return path


def inside(pyker: Pyker, *words: str) -> str:
    return pyker.out("exec", "box", *words)


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_file_goes_in_and_comes_out(box: Pyker, running: bool) -> None:
    here = place(box)
    give(box, here / "f")
    if not running:
        box("stop", "-t", "0", "box")

    box("cp", str(here / "f"), "box:/d/")
    box("cp", str(here / "f"), "box:/d/sub/named")
    box("cp", str(here / "f"), "box:/vol/in")
    for name in ("d/f", "d/sub/named", "vol/in", "vol/v"):
        box("cp", f"box:/{name}", str(here / name.replace("/", "-")))

    texts = {path.name: path.read_text() for path in here.iterdir()}
    assert texts == {
        "f": "data\n",
        "d-f": "data\n",
        "d-sub-named": "data\n",
        "vol-in": "data\n",
        "vol-v": "v\n",
    }
    assert {path.stat().st_uid for path in here.iterdir()} == {box.account.uid}


def test_directory_becomes_the_new_name_or_goes_into_the_old_one(box: Pyker) -> None:
    here = place(box)

    for target in ("new", "new"):
        box("cp", "box:/d", str(here / target))
    box("cp", "box:/d/.", str(here / "content"))

    assert sorted(path.name for path in (here / "new").iterdir()) == ["d", "f", "h", "l", "sub"]
    assert sorted(path.name for path in (here / "content").iterdir()) == ["f", "h", "l", "sub"]
    assert (here / "new/l").readlink() == Path("f")
    assert (here / "new/f").stat().st_ino == (here / "new/h").stat().st_ino
    assert (here / "new/d/sub/x").read_text() == "deep\n"


def test_links_stay_links_unless_followed(root_box: Pyker) -> None:
    here = place(root_box)

    root_box("cp", "box:/d/l", str(here))
    root_box("cp", "-L", "box:/d/l", str(here / "followed"))
    root_box("cp", "box:/dl/", str(here / "through"))
    root_box("cp", "box:/dl", str(here / "link"))

    assert (here / "l").is_symlink()
    assert (here / "followed").read_text() == "hi\n"
    assert (here / "through/sub/x").read_text() == "deep\n"
    assert (here / "link").readlink() == Path("/d")


def test_target_link_is_followed_inside_the_container(root_box: Pyker) -> None:
    here = place(root_box)
    give(root_box, here / "f")

    root_box("cp", str(here / "f"), "box:/dl")
    root_box("cp", str(here / "f"), "box:/d/l")
    assert inside(root_box, "cat", "/d/f") == "data"
    assert "Could not find the file /nowhere/at in container box" in root_box.fails(
        1, "cp", str(here / "f"), "box:/bad"
    )
    assert not Path("/nowhere").exists()


def test_owner_is_kept_only_with_archive(root_box: Pyker) -> None:
    here = place(root_box)
    os.chown(give(root_box, here / "f"), 1234, 4321)
    (here / "f").chmod(0o4755)

    root_box("cp", str(here / "f"), "box:/plain")
    root_box("cp", "-a", str(here / "f"), "box:/kept")
    root_box("cp", "box:/kept", str(here / "out"))
    root_box("cp", "-a", "box:/kept", str(here / "archived"))

    assert inside(root_box, "stat", "-c", "%u:%g %a", "/plain", "/kept").split("\n") == [
        "0:0 4755",
        "1234:4321 4755",
    ]
    plain, archived = (here / "out").stat(), (here / "archived").stat()
    assert (plain.st_uid, plain.st_mode & 0o7777) == (0, 0o755)
    assert (archived.st_uid, archived.st_mode & 0o7777) == (1234, 0o4755)


MISTAKES = {
    "box:/nothing .": "Could not find the file /nothing in container box",
    "nobody:/x .": "No such container: nobody",
    "nofile box:/": "nofile: no such file or directory",
    "f box:/no/x": "Could not find the file /no in container box",
    "f box:/d/no/": "no such directory",
    "box:/d no/x": 'invalid output path: directory "',
    "box:/d f": "cannot copy directory",
    "dir box:/d/f": "cannot copy directory",
    "box:/d/f/ x": "/d/f/: not a directory",
    "f f2": "must specify at least one container source",
    "f box:": "destination can not be empty",
    "f box:/dev/null": 'destination "box:/dev/null" must be a directory or a regular file',
    "dir/. box:/d": 'cannot overwrite directory "/d/sub" with non-directory',
    "- box:/d/f": 'destination "box:/d/f" must be a directory',
}


def test_every_mistake_is_named(root_box: Pyker) -> None:
    here = place(root_box)
    give(root_box, here / "f")
    (here / "dir").mkdir()
    (here / "dir/sub").write_text("file")

    for line, words in MISTAKES.items():
        ends = [end if ":" in end or end == "-" else f"{here}/{end}" for end in line.split()]
        assert words in root_box.fails(1, "cp", *ends), line


def test_overwrite_lets_a_file_take_the_place_of_a_directory(root_box: Pyker) -> None:
    here = place(root_box)
    (here / "sub").write_text("file")
    (here / "f").mkdir()

    root_box("cp", "--overwrite", f"{here}/.", "box:/d")

    assert inside(root_box, "stat", "-c", "%F", "/d/sub", "/d/f").split("\n") == ["regular file", "directory"]


def test_copy_between_containers_and_within_one(box: Pyker) -> None:
    box("create", "--name", "other", "busybox", "cat", "/new/sub/x")

    box("cp", "box:/d", "other:/new")
    box("cp", "box:/d/.", "box:/d/sub")

    assert box.out("start", "-a", "other") == "deep"
    assert inside(box, "ls", "/d/sub").split() == ["f", "h", "l", "sub", "x"]


def test_archive_streams_out_and_in(box: Pyker) -> None:
    data = box.raw("cp", "box:/d", "-").stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getnames() == ["d", "d/f", "d/h", "d/l", "d/sub", "d/sub/x"]

    box("cp", "-", "box:/d/sub", stdin=data)

    assert inside(box, "cat", "/d/sub/d/h", "/d/sub/d/sub/x") == "hi\ndeep"


def test_archive_from_outside_stays_inside(root_box: Pyker, tmp_path: Path) -> None:
    """Absolute links count from the container's root, and ".." is refused."""
    (tmp_path / "secret").write_text("secret")
    sly = make_tar(
        symlink("way", str(tmp_path)),
        entry("way/planted", data=b"x"),
        folder("d2", mode=0o700, uid=5),
        entry("/abs", data=b"abs"),
        hard_link("again", "abs"),
    )

    root_box("exec", "box", "mkdir", "-p", str(tmp_path))
    root_box("cp", "-", "box:/d", stdin=sly)
    error = root_box.fails(1, "cp", "-", "box:/d", stdin=make_tar(entry("../up", data=b"x")))

    assert "leads out of the target" in error
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert inside(root_box, "cat", f"{tmp_path}/planted", "/d/abs", "/d/again") == "xabsabs"
    assert inside(root_box, "stat", "-c", "%u %a", "/d/d2") == "5 700"


def test_read_only_root_and_volume_are_respected(pyker: Pyker) -> None:
    here = place(pyker)
    give(pyker, here / "f")
    words = ("--read-only", "-v", "/vol", "-v", f"{place(pyker, 'ro')}:/ro:ro")
    pyker("create", "--name", "box", *words, "busybox", "true")

    assert "container rootfs is marked read-only" in pyker.fails(1, "cp", str(here / "f"), "box:/x")
    pyker("cp", str(here / "f"), "box:/vol/x")
    pyker.fails(1, "cp", str(here / "f"), "box:/ro/x")
    assert not (pyker.world / "ro/x").exists()


def test_swapped_links_lead_nowhere_outside(box: Pyker) -> None:
    """Real directory and link to the host are exchanged all the time: see CVE-2018-15664."""
    outside, here = place(box, "outside"), place(box)
    give(box, outside / "file", "secret")
    give(box, here / "new")
    inside(box, "sh", "-c", f"mkdir -p /x/real; echo inside > /x/real/file; ln -s {outside} /x/evil")
    pid = box.field("box", "{{.State.Pid}}")
    root = Path(f"/proc/{pid}/root/x")
    planted = make_tar(entry("real/planted", data=b"x"))

    with swapping(root / "real", root / "evil"):
        for turn in range(6):
            box("cp", "box:/x/real/file", str(here / f"file{turn}"), check=False)
            box("cp", "box:/x", str(here / f"tree{turn}"), check=False)
            box("cp", str(here / "new"), "box:/x/real/new", check=False)
            box("cp", str(here), "box:/x/real/tree", check=False)
            box("cp", "-", "box:/x", check=False, stdin=planted)

    assert {path.name for path in outside.iterdir()} == {"file"}
    found = {path.read_text() for path in here.rglob("file*") if path.is_file() and not path.is_symlink()}
    assert found <= {"inside\n"}


def test_special_files_do_not_hang_or_leave_the_container(pyker: Pyker) -> None:
    start(pyker, "--cap-add", "MKNOD")
    here = place(pyker)
    inside(pyker, "sh", "-c", "mkfifo /d/pipe; mknod /d/zero c 1 5; nc -l -U /d/socket & sleep 0.1")

    done = pyker("cp", "box:/d", str(here / "copy"))

    kinds = {path.name: path.is_fifo() for path in (here / "copy").iterdir()}
    assert kinds["pipe"] is True
    assert "zero" not in kinds
    assert "zero is a device: not copied" in done.stderr


def test_root_of_a_running_container_comes_without_the_kernels_files(root_box: Pyker) -> None:
    here = place(root_box)

    root_box("cp", "-q", "box:/", str(here / "all"))

    assert list((here / "all/proc").iterdir()) == []
    assert (here / "all/vol/v").read_text() == "v\n"
    root_box("cp", "box:/proc/version", str(here / "version"))
    assert (here / "version").read_text() == Path("/proc/version").read_text()


def test_size_is_told_on_a_terminal_only(root_box: Pyker) -> None:
    here = place(root_box)
    line = f"{root_box.program} cp box:/d/f {here}/f"
    argv = ["script", "-qec", line, "/dev/null"]

    done = subprocess.run(argv, env=root_box.environment(), capture_output=True, text=True, check=True)

    assert done.stdout.strip() == f"Successfully copied 2.05kB to {here}/f"
    assert root_box("cp", "box:/d/f", str(here)).stderr == ""


def test_container_with_users_of_its_own_keeps_its_ids(pyker: Pyker) -> None:
    """Whoever owns a file inside is told by cp, export and diff, whatever id that is on the machine."""
    maps = ("--uidmap", "0:500000:65536", "--gidmap", "0:500000:65536")
    script = "echo x > /mine; chown 7:8 /mine; exec sleep 1000"
    pyker("run", "-d", "--network", "none", "--name", "box", *maps, "busybox", "sh", "-c", script)
    here = place(pyker)
    os.chown(give(pyker, here / "f"), 5, 6)

    for _ in range(2):  # running, then stopped
        pyker("cp", str(here / "f"), "box:/plain")
        pyker("cp", "-a", str(here / "f"), "box:/kept")
        with tarfile.open(fileobj=io.BytesIO(pyker.raw("export", "box").stdout)) as archive:
            ids = {one.name: (one.uid, one.gid) for one in archive}
        assert (ids["plain"], ids["kept"], ids["mine"]) == ((0, 0), (5, 6), (7, 8))
        assert pyker.lines("diff", "box") == ["A /kept", "A /mine", "A /plain"]
        pyker("stop", "-t", "0", "box")


def test_command_killed_while_it_copies_leaves_nothing_mounted(pyker: Pyker) -> None:
    pyker("create", "--network", "none", "--name", "box", "busybox", "true")

    merged = f"{pyker.root}/containers/{pyker.field('box', '{{.Id}}')}/merged "
    with pyker.popen("cp", "-", "box:/") as process:
        mounts = Path(f"/proc/{process.pid}/mountinfo")
        eventually(lambda: merged in mounts.read_text())
        process.kill()

    assert merged not in Path("/proc/self/mountinfo").read_text()
    assert pyker("start", "-a", "box").returncode == 0


def test_user_who_kept_its_id_owns_what_it_archives_both_ways(user_pyker: Pyker) -> None:
    words = ("--network", "none", "--name", "box", "--userns", "keep-id")
    user_pyker("run", "-d", *words, "busybox", "sleep", "1000")
    here, account = place(user_pyker), user_pyker.account
    give(user_pyker, here / "f")

    user_pyker("cp", "-a", str(here / "f"), "box:/tmp/kept")
    user_pyker("cp", str(here / "f"), "box:/tmp/plain")
    user_pyker("cp", "-a", "box:/tmp/kept", str(here / "back"))

    assert inside(user_pyker, "stat", "-c", "%u", "/tmp/kept", "/tmp/plain").split() == [
        f"{account.uid}",
        "0",
    ]
    assert (here / "back").stat().st_uid == account.uid
