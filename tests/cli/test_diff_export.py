"""`diff` and `export`: what a container changed, and all of its files, running or not."""

import io
import json
import tarfile
from pathlib import Path

from tests.support.command import Pyker
from tests.support.waiting import eventually

WORK = (
    "mkdir -p /made/sub; echo one > /made/file; ln /made/file /made/twin; ln -s /made/file /link; "
    "rm /etc/os-release; echo changed >> /etc/group; chown 7:8 /made/sub; touch /vol/inside; "
    "touch /made/done; "
)
CHANGES = [
    *("C /etc", "C /etc/group", "D /etc/os-release", "A /link"),
    *("A /made", "A /made/done", "A /made/file", "A /made/sub", "A /made/twin"),
]


def worked(pyker: Pyker, *, running: bool) -> None:
    """A container, `box`, that changed some files and still runs, or does not."""
    script = WORK + ("exec sleep 1000" if running else "true")
    pyker("run", "-d", "--network", "none", "--name", "box", "-v", "/vol", "busybox", "sh", "-c", script)
    if running:
        eventually(lambda: pyker("exec", "box", "ls", "/made/done", check=False).returncode == 0)
    else:
        pyker("wait", "box")


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {one.name: one for one in archive}


def test_diff_tells_changes_of_a_running_and_of_an_ended_container(any_pyker: Pyker) -> None:
    worked(any_pyker, running=True)
    assert any_pyker.lines("diff", "box") == CHANGES

    any_pyker("stop", "-t", "0", "box")

    assert any_pyker.lines("diff", "box") == CHANGES


def test_diff_of_a_new_container_is_empty_and_of_none_an_error(pyker: Pyker) -> None:
    pyker("create", "--name", "new", "busybox")

    assert pyker.lines("diff", "new") == []
    assert "No such container: nobody" in pyker.fails(1, "diff", "nobody")


def test_diff_prints_by_template_and_as_json(pyker: Pyker) -> None:
    worked(pyker, running=False)

    assert pyker.lines("diff", "--format", "{{.Type}}={{.Path}}", "box")[0] == "C=/etc"
    assert json.loads(pyker.lines("diff", "--format", "json", "box")[2]) == {
        "Path": "/etc/os-release",
        "Type": "D",
    }


def test_export_holds_the_files_as_they_are(any_pyker: Pyker) -> None:
    worked(any_pyker, running=True)

    running = any_pyker.raw("export", "box").stdout
    found = members(running)

    assert {"bin/busybox", "etc/group", "made/sub", "vol", "proc", "etc/hosts"} <= found.keys()
    assert not {"etc/os-release", "vol/inside", "proc/version"} & found.keys()
    assert (found["made/sub"].uid, found["made/sub"].gid) == (7, 8)
    assert found["link"].linkname == "/made/file"
    assert {found["made/file"].type, found["made/twin"].type} == {tarfile.REGTYPE, tarfile.LNKTYPE}
    any_pyker("stop", "-t", "0", "box")
    assert any_pyker.raw("export", "box").stdout == running


def test_export_to_a_file_is_whole_or_absent(pyker: Pyker, tmp_path: Path) -> None:
    worked(pyker, running=False)
    target = tmp_path / "box.tar"

    pyker("export", "-o", str(target), "box")
    assert "made/file" in members(target.read_bytes())

    pyker.fails(1, "export", "-o", str(tmp_path / "other.tar"), "nobody")
    assert "no such file or directory" in pyker.fails(1, "export", "-o", str(tmp_path / "no/x.tar"), "box")
    assert [path.name for path in tmp_path.iterdir()] == ["box.tar"]


def test_exported_files_make_the_same_image_again(pyker: Pyker) -> None:
    worked(pyker, running=False)

    pyker("import", "-", "again", stdin=pyker.raw("export", "box").stdout)

    assert pyker.out("run", "--rm", "again", "cat", "/made/twin", "/link") == "one\none"
