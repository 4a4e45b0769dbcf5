"""Volumes: made once, filled from the image once, and never a way out of it."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import InvalidError, NotFoundError, PykerError
from pyker.base.home import Home
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.model.volume import VolumeMount
from pyker.mount.owning import give_tree
from pyker.mount.volume_store import create_volume, list_volumes, load_volume, sweep_volumes
from pyker.mount.volumes import prepare_mounts, remove_anonymous, volume_mounts
from tests.support.namespace import Link, fill


@pytest.fixture
def image(home: Home) -> Path:
    root = Path(home.below("image"))
    root.mkdir()
    return root


def start(home: Home, image: Path, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The OCI mounts of a start; what it warns of fails the test."""
    root = os.open(image, CLOEXEC_DIRECTORY)
    try:
        return volume_mounts(home, root, documents, pytest.fail)
    finally:
        os.close(root)


def prepared(home: Home, *volumes: VolumeMount, image_volumes: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return prepare_mounts(home, volumes, image_volumes, "c" * 64)


def test_named_volume_is_docker_s_document_and_an_oci_bind(home: Home, image: Path) -> None:
    documents = prepared(home, VolumeMount("data", "/data", ("ro",)))

    source = home.below("volumes", "data", "_data")
    assert documents == [
        {
            "Type": "volume",
            "Name": "data",
            "Source": source,
            "Destination": "/data",
            "Driver": "local",
            "Mode": "ro",
            "RW": False,
            "Propagation": "",
        }
    ]
    options = ["rbind", "rprivate", "ro", "rro"]
    assert start(home, image, documents) == [
        {"destination": "/data", "type": "bind", "source": source, "options": options}
    ]


def test_content_of_the_image_is_copied_with_owner_mode_and_xattrs(home: Home, image: Path) -> None:
    fill(image, {"data": {"file": "x", "sub": {}, "link": Link("/etc/shadow")}})
    os.chown(image / "data", 7, 8)
    os.chmod(image / "data", 0o1770)
    os.chown(image / "data/file", 5, 6)
    os.chmod(image / "data/file", 0o4711)
    os.setxattr(image / "data/file", "user.note", b"kept")
    os.link(image / "data/file", image / "data/again")

    start(home, image, prepared(home, VolumeMount("data", "/data")))

    data = Path(load_volume(home, "data").data)
    top, file = data.stat(), (data / "file").stat()
    assert (top.st_uid, top.st_gid, top.st_mode & 0o7777) == (7, 8, 0o1770)
    assert (file.st_uid, file.st_mode & 0o7777, file.st_nlink) == (5, 0o4711, 2)
    assert os.getxattr(data / "file", "user.note") == b"kept"
    assert os.readlink(data / "link") == "/etc/shadow"


def test_link_at_the_target_is_followed_inside_the_image_only(home: Home, image: Path) -> None:
    """CVE-2022-23648: copy-up followed a link of the image to files of the host."""
    fill(image, {"etc": {"inside": "x"}, "data": Link("/etc"), "up": Link("../../../../etc")})

    start(home, image, prepared(home, VolumeMount("one", "/data"), VolumeMount("two", "/up")))

    assert os.listdir(load_volume(home, "one").data) == ["inside"]
    assert os.listdir(load_volume(home, "two").data) == ["inside"]


def test_volume_with_data_is_left_alone(home: Home, image: Path) -> None:
    fill(image, {"data": {"image": "x"}})
    Path(create_volume(home, "data").data, "mine").write_text("x")

    start(home, image, prepared(home, VolumeMount("data", "/data")))

    assert os.listdir(load_volume(home, "data").data) == ["mine"]


def test_volume_that_was_used_is_not_filled_again(home: Home, image: Path) -> None:
    fill(image, {"data": {"image": "x"}})
    documents = prepared(home, VolumeMount("data", "/data"))
    start(home, image, documents)
    (Path(load_volume(home, "data").data) / "image").unlink()

    start(home, image, documents)

    assert os.listdir(load_volume(home, "data").data) == []


def test_nocopy_leaves_the_volume_empty(home: Home, image: Path) -> None:
    fill(image, {"data": {"image": "x"}})

    start(home, image, prepared(home, VolumeMount("data", "/data", ("nocopy",))))

    assert os.listdir(load_volume(home, "data").data) == []


def test_half_a_copy_is_begun_again(home: Home, image: Path) -> None:
    fill(image, {"data": {"image": "x"}})
    place = Path(create_volume(home, "data").place)
    fill(place, {"_copy": {"half": "x"}})

    start(home, image, prepared(home, VolumeMount("data", "/data")))

    assert os.listdir(place / "_data") == ["image"]
    assert sorted(os.listdir(place)) == ["_data", "lock", "volume.json"]


def test_special_files_are_copied_and_sockets_left_out(home: Home, image: Path) -> None:
    fill(image, {"data": {}})
    os.mkfifo(image / "data/fifo")
    os.mknod(image / "data/null", 0o20640, os.makedev(1, 3))
    os.mknod(image / "data/socket", 0o140600)

    start(home, image, prepared(home, VolumeMount("data", "/data")))

    data = Path(load_volume(home, "data").data)
    assert sorted(os.listdir(data)) == ["fifo", "null"]
    assert stat.S_ISFIFO((data / "fifo").stat().st_mode)
    assert stat.S_IMODE((data / "null").stat().st_mode) == 0o640


def test_deep_tree_is_copied(home: Home, image: Path) -> None:
    path = image / "data"
    for _ in range(300):
        path.mkdir()
        path /= "deeper"

    start(home, image, prepared(home, VolumeMount("data", "/data")))

    found = sum(1 for _ in os.walk(load_volume(home, "data").data))
    assert found == 300


def test_image_s_volumes_become_anonymous_unless_covered(home: Home) -> None:
    documents = prepared(home, VolumeMount("mine", "/a/"), image_volumes=("/a", "/b"))

    assert [document["Destination"] for document in documents] == ["/a", "/b"]
    assert "Anonymous" not in documents[0]
    assert documents[1]["Anonymous"]
    assert len(documents[1]["Name"]) == 64
    assert json.loads((Path(home.below("volumes", documents[1]["Name"], "volume.json"))).read_text())[
        "container"
    ]

    remove_anonymous(home, documents)
    assert [volume.name for volume in list_volumes(home)] == ["mine"]


def test_failed_preparation_leaves_no_anonymous_volume(home: Home) -> None:
    with pytest.raises(InvalidError, match="Duplicate mount point: /a"):
        prepared(home, VolumeMount("", "/a"), VolumeMount("", "/a/"))

    assert list_volumes(home) == []


@pytest.mark.parametrize(
    ("volume", "error", "words"),
    [
        (VolumeMount("data", "data"), InvalidError, "mount path must be absolute"),
        (VolumeMount("data", "/."), InvalidError, "destination can't be '/'"),
        (VolumeMount("da/ta", "/d"), InvalidError, "invalid characters for a local volume name"),
        (VolumeMount("..", "/d"), InvalidError, "invalid characters for a local volume name"),
        (VolumeMount("data", "/d", ("wrong",)), InvalidError, "invalid mode: wrong"),
        (VolumeMount("data", "/d", ("ro", "rw")), InvalidError, "invalid mode: ro,rw"),
        (VolumeMount("/", "/d", ("slave", "shared")), InvalidError, "invalid mode: slave,shared"),
        (VolumeMount("/nope", "/d", must_exist=True), NotFoundError, "source path does not exist: /nope"),
        (VolumeMount("/proc/nope", "/d"), PykerError, "error while creating mount source path"),
    ],
    ids=repr,
)
def test_wrong_words_are_refused(home: Home, volume: VolumeMount, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        prepared(home, volume)


def test_missing_source_of_v_is_made(home: Home) -> None:
    source = home.below("not/there")

    documents = prepared(home, VolumeMount(source, "/d", ("rslave",)))

    assert os.path.isdir(source)
    assert (documents[0]["Type"], documents[0]["Propagation"]) == ("bind", "rslave")


def test_outer_mounts_come_before_inner_ones(home: Home, image: Path) -> None:
    documents = prepared(home, VolumeMount("a", "/x/y/z"), VolumeMount("b", "/x"))

    assert [mount["destination"] for mount in start(home, image, documents)] == ["/x", "/x/y/z"]


def test_damaged_volume_json_costs_no_data(home: Home) -> None:
    volume = create_volume(home, "data")
    Path(volume.data, "mine").write_text("x")
    Path(volume.place, "volume.json").write_text("")

    assert load_volume(home, "data").name == "data"
    assert create_volume(home, "data").data == volume.data


def test_leftovers_of_dead_commands_are_swept_when_old(home: Home) -> None:
    create_volume(home, "data")
    os.mkdir(home.below("volumes", ".new-x"))

    sweep_volumes(home)
    assert os.path.isdir(home.below("volumes", ".new-x"))
    sweep_volumes(home, patience=0)

    assert os.listdir(home.below("volumes")) == ["data"]


def test_giving_a_tree_changes_links_themselves(home: Home, image: Path) -> None:
    fill(image, {"host": "x", "data": {"sub": {"file": "x"}, "link": Link("../host")}})

    give_tree(str(image / "data"), 5, 6)

    owners = {path: os.lstat(image / path).st_uid for path in ("host", "data", "data/sub/file", "data/link")}
    assert owners == {"host": 0, "data": 5, "data/sub/file": 5, "data/link": 5}
