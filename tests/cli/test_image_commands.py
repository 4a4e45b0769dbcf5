"""Images as people use them, as root and as an ordinary user: in, listed, named, run, out."""

import json
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.images import digest, docker_archive, entry, folder, make_config, make_tar

LAYERS = [
    make_tar(folder("etc"), entry("etc/lower", data=b"1"), entry("etc/gone"), folder("d"), entry("d/hidden")),
    make_tar(
        folder("etc"), entry("etc/.wh.gone"), folder("d"), entry("d/.wh..wh..opq"), entry("d/new", uid=1000)
    ),
]
IDENTITY = digest(make_config(LAYERS))


def archive(pyker: Pyker, *tags: str) -> str:
    path = pyker.world / "image.tar"
    path.write_bytes(docker_archive(LAYERS, list(tags), compression="gzip"))
    path.chmod(0o644)
    return str(path)


def test_load_names_what_it_loaded(any_pyker: Pyker) -> None:
    assert any_pyker.lines("load", "-i", archive(any_pyker, "a:1", "b:2")) == [
        "Loaded image: a:1",
        "Loaded image: b:2",
    ]
    assert any_pyker.lines("load", "-q", "-i", archive(any_pyker)) == [f"Loaded image ID: {IDENTITY}"]


def test_load_reads_standard_input(any_pyker: Pyker) -> None:
    data = Path(archive(any_pyker, "a:1")).read_bytes()

    assert any_pyker.out("load", stdin=data) == "Loaded image: a:1"


def test_images_lists_a_row_for_each_tag(any_pyker: Pyker) -> None:
    any_pyker("load", "-i", archive(any_pyker, "app:1"))
    any_pyker("tag", "app:1", "other/name")

    listed = [line.split()[:3] for line in any_pyker.lines("images")]
    assert listed[0] == ["REPOSITORY", "TAG", "IMAGE"]
    assert sorted(listed[2:]) == [["app", "1", IDENTITY[7:19]], ["other/name", "latest", IDENTITY[7:19]]]
    assert any_pyker.lines("images", "-q", "--no-trunc", "app") == [IDENTITY]


def test_whiteouts_hide_files_of_lower_layers(any_pyker: Pyker, rootfs_tar: Path) -> None:
    layers = [rootfs_tar.read_bytes(), *LAYERS]
    path = any_pyker.world / "stack.tar"
    path.write_bytes(docker_archive(layers, ["stack"]))
    path.chmod(0o644)
    any_pyker("load", "-i", str(path))

    said = any_pyker.out(
        "run",
        "--rm",
        "--network",
        "none",
        "stack",
        "sh",
        "-c",
        "ls /etc/lower /etc/gone /d; stat -c %u /d/new || true",
    )
    assert said.split() == ["/etc/lower", "/d:", "new", "1000"]


def test_single_id_user_gets_every_file_and_a_note(lone_pyker: Pyker) -> None:
    done = lone_pyker("load", "-i", archive(lone_pyker, "app:1"))

    assert done.stdout == "Loaded image: app:1\n"
    assert "single user" in done.stderr
    assert lone_pyker.lines("rmi", "app:1")[0] == "Untagged: app:1"


def test_import_takes_changes_and_a_message(any_pyker: Pyker, rootfs_tar: Path) -> None:
    data = rootfs_tar.read_bytes()
    changes = ["-c", 'CMD ["echo", "hi"]', "-c", "ENV A=b", "-c", "LABEL k=v", "-m", "from a test"]
    identity = any_pyker.out("import", *changes, "-", "made:1", stdin=data)

    config = json.loads(any_pyker.out("inspect", "-f", "{{json .Config}}", identity))
    assert (config["Cmd"], config["Env"], config["Labels"]) == (["echo", "hi"], ["A=b"], {"k": "v"})
    assert any_pyker.out("run", "--rm", "--network", "none", "made:1") == "hi"


def test_rmi_tells_what_went(any_pyker: Pyker) -> None:
    any_pyker("load", "-i", archive(any_pyker, "app:1", "app:2"))

    assert any_pyker.lines("rmi", "app:2") == ["Untagged: app:2"]
    lines = any_pyker.lines("rmi", "app:1")
    assert lines[:2] == ["Untagged: app:1", f"Deleted: {IDENTITY}"]
    assert [line[:16] for line in lines[2:]] == ["Deleted: sha256:"] * 2


def test_rmi_of_an_image_in_use_is_refused(any_pyker: Pyker) -> None:
    identity = any_pyker.out("create", "--network", "none", "busybox", "true")

    said = any_pyker.fails(1, "rmi", "busybox")
    assert f'unable to remove repository reference "busybox" (must force) - container {identity[:12]}' in said


def test_forced_rmi_leaves_the_container_its_layers(any_pyker: Pyker) -> None:
    identity = any_pyker.out("create", "--network", "none", "busybox", "echo", "still here")
    any_pyker("rmi", "-f", "busybox")
    any_pyker("load", "-i", archive(any_pyker, "other"))

    assert any_pyker.lines("images", "-q", "busybox") == []
    assert any_pyker.out("start", "-a", identity) == "still here"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("rmi", "nope"), "No such image: nope:latest"),
        (("tag", "nope", "x"), "No such image: nope:latest"),
        (("tag", "busybox", "X Y"), "invalid reference format"),
        (("load", "-i", "/dev/null"), "the archive is empty"),
        (("load", "-i", "/nowhere"), "/nowhere"),
        (("import", "/nowhere"), "/nowhere"),
        (("import", "-c", "NOPE x", "/dev/null"), "not a valid change command"),
        (("pull", "127.0.0.1:1/x"), "refused"),
        (("pull", "Bad Name"), "invalid reference format"),
    ],
)
def test_mistakes_are_told(any_pyker: Pyker, words: "tuple[str, ...]", text: str) -> None:
    assert text in any_pyker.fails(1, *words)


def test_images_are_sorted_and_drawn_as_asked(pyker: Pyker, rootfs_tar: Path) -> None:
    pyker("import", str(rootfs_tar), "alpha:2")
    pyker("tag", "alpha:2", "zeta:1")
    show = ("images", "--format", "{{.Repository}}:{{.Tag}}")

    assert pyker.lines(*show, "--sort", "repository") == ["alpha:2", "busybox:latest", "zeta:1"]
    assert pyker.lines(*show, "--sort", "tag") == ["zeta:1", "alpha:2", "busybox:latest"]
    assert pyker.lines(*show, "--sort", "created")[-1] == "busybox:latest"
    assert len(pyker.lines("images", "-n")) == len(pyker.lines("images")) - 1 == 3
    assert pyker.out("images", "--tree", "alpha:2") == pyker.out("image", "tree", "alpha:2")
    assert "must be one of created, id" in pyker.fails(125, "images", "--sort", "colour")
