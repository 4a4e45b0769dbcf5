"""Names, images and layers go in the right order, and only when nobody needs them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base import jsonfile
from pyker.base.errors import ConflictError, InvalidError, NotFoundError
from pyker.base.home import Home
from pyker.engine.collect import sweep_aside
from pyker.engine.image_lookup import all_images, find_image, image_by_id, image_config, lower_directories
from pyker.engine.ingest import Adding
from pyker.engine.remove_image import remove_image
from pyker.engine.tag import tag
from pyker.image import blobs, index
from pyker.model.image import Image
from tests.support.images import digest
from tests.support.stores import blobs_in, content, layers_in, load_image
from tests.support.waiting import eventually

pytestmark = pytest.mark.root


def use(home: Home, image: Image, identity: str = "c" * 64) -> None:
    """A stopped container made of *image*."""
    path = home.below("containers", identity)
    os.makedirs(path, exist_ok=True)
    record = {
        "version": 1,
        "id": identity,
        "name": "web",
        "created": "2026-01-01T00:00:00.0Z",
        "image_id": image.id,
        "config": {},
        "host": {},
    }
    state = {"version": 1, "status": "exited", "run": 0, "code": 0}
    jsonfile.write(f"{path}/config.json", record)
    jsonfile.write(f"{path}/state.json", state)


@pytest.fixture
def app(home: Home, tmp_path: Path) -> Image:
    """An image of two layers, app:1."""
    load_image(home, tmp_path, "app:1", layers=["base", "app"])
    return find_image(home, "app:1")


def test_last_name_takes_image_and_layers_along(home: Home, app: Image) -> None:
    lines = remove_image(home, "app:1")

    layers = [f"Deleted: sha256:{chain}" for chain in reversed(app.chain)]
    assert lines == ["Untagged: app:1", f"Deleted: {app.id}", *layers]
    assert layers_in(home) == blobs_in(home) == []
    assert len(os.listdir(home.below("staging"))) == 2


def test_what_was_retired_is_swept_aside(home: Home, app: Image) -> None:
    remove_image(home, "app:1")

    sweep_aside(home)

    eventually(lambda: os.listdir(home.below("staging")) == [])


def test_other_names_keep_the_image(home: Home, app: Image) -> None:
    tag(home, "app:1", "other")

    assert remove_image(home, "app:1") == ["Untagged: app:1"]
    assert find_image(home, "other").id == app.id


def test_layers_of_other_images_stay(home: Home, app: Image, tmp_path: Path) -> None:
    load_image(home, tmp_path, "child:1", layers=["base", "app", "more"])

    assert remove_image(home, "app:1") == ["Untagged: app:1", f"Deleted: {app.id}"]
    assert all(map(os.path.isdir, lower_directories(home, find_image(home, "child:1"))))
    assert len(remove_image(home, "child:1")) == 5


@pytest.mark.parametrize("start", [7, 0], ids=["digits", "with sha256:"])
@pytest.mark.parametrize("end", [12, 19, 71])
def test_id_takes_all_names_of_one_repository(home: Home, app: Image, start: int, end: int) -> None:
    tag(home, "app:1", "app:2")

    assert remove_image(home, app.id[start:end])[:2] == ["Untagged: app:1", "Untagged: app:2"]
    assert all_images(home) == []


def test_id_with_names_in_two_repositories_needs_force(home: Home, app: Image) -> None:
    tag(home, "app:1", "other:1")

    with pytest.raises(ConflictError) as caught:
        remove_image(home, app.short_id)
    assert caught.value.message == (
        f"conflict: unable to delete {app.short_id} (must be forced) - "
        "image is referenced in multiple repositories"
    )
    assert remove_image(home, app.short_id, force=True)[:2] == ["Untagged: app:1", "Untagged: other:1"]


def test_dangling_image_goes_by_id(home: Home, app: Image, tmp_path: Path) -> None:
    load_image(home, tmp_path, "app:1", layers=["new"])

    assert remove_image(home, app.short_id)[0] == f"Deleted: {app.id}"
    assert len(layers_in(home)) == 1


def test_image_of_a_container_stays(home: Home, app: Image) -> None:
    use(home, app)
    before = content(home)

    with pytest.raises(ConflictError) as caught:
        remove_image(home, "app:1")
    assert caught.value.message == (
        'conflict: unable to remove repository reference "app:1" (must force) - '
        f"container cccccccccccc is using its referenced image {app.short_id}"
    )
    with pytest.raises(ConflictError, match=r"must be forced.* used by stopped container cccccccccccc"):
        remove_image(home, app.short_id)
    assert content(home) == before


def test_forced_removal_leaves_the_container_its_layers(home: Home, app: Image, tmp_path: Path) -> None:
    use(home, app)

    assert remove_image(home, "app:1", force=True) == ["Untagged: app:1", f"Deleted: {app.id}"]
    assert all_images(home) == []
    assert all(map(os.path.isdir, lower_directories(home, app)))
    orphan = image_by_id(home, app.id)
    assert orphan
    assert image_config(home, orphan)["os"] == "linux"


def test_layers_of_a_forced_removal_go_after_the_container(home: Home, app: Image, tmp_path: Path) -> None:
    use(home, app)
    remove_image(home, "app:1", force=True)
    subprocess.run(["rm", "-r", home.below("containers", "c" * 64)], check=True)

    load_image(home, tmp_path, "next:1", layers=["next"])

    assert len(layers_in(home)) == 1
    assert image_by_id(home, app.id) is None


def test_nothing_is_collected_while_another_command_adds(home: Home, app: Image) -> None:
    with Adding(home, print):
        remove_image(home, "app:1")
        assert len(layers_in(home)) == 2
    assert layers_in(home) == []


@pytest.mark.parametrize(
    "text", ["nope", "nope:1", "abcdef", "sha256:abcdef", f"app@{digest(b'')}", "Bad Name", ""]
)
def test_unknown_image_is_told(home: Home, app: Image, text: str) -> None:
    with pytest.raises(NotFoundError, match=r"^No such image: "):
        remove_image(home, text)


def test_name_wins_over_the_beginning_of_an_id(home: Home, app: Image, tmp_path: Path) -> None:
    load_image(home, tmp_path, f"{app.id[7:12]}:latest", layers=["named"])

    assert find_image(home, app.id[7:12]).id != app.id
    assert remove_image(home, app.id[7:12])[0] == f"Untagged: {app.id[7:12]}:latest"


def test_ambiguous_id_is_told(home: Home, tmp_path: Path) -> None:
    for number in range(17):
        load_image(home, tmp_path, layers=[f"l{number}"])
    first = [image.id[7] for image in all_images(home)]
    digit = next(sign for sign in first if first.count(sign) > 1)

    with pytest.raises(InvalidError, match="ambiguous"):
        find_image(home, digit)


def test_tag_moves_a_name(home: Home, app: Image, tmp_path: Path) -> None:
    load_image(home, tmp_path, "new:1", layers=["new"])
    tag(home, "new:1", "app:1")

    assert find_image(home, "app:1").id == find_image(home, "new:1").id
    assert find_image(home, app.id).names == ()


@pytest.mark.parametrize("target", ["Bad", f"x@{digest(b'')}", "a b"])
def test_bad_tag_is_refused(home: Home, app: Image, target: str) -> None:
    with pytest.raises(InvalidError):
        tag(home, "app:1", target)


def test_blob_that_vanished_is_told(home: Home, app: Image) -> None:
    os.unlink(blobs.path_of(home, app.id))

    with pytest.raises(Exception, match="is missing from the store"):
        image_config(home, app)


def test_index_of_a_newer_pyker_is_refused(home: Home) -> None:
    jsonfile.write(home.below("images.json"), {"version": 99})

    with pytest.raises(Exception, match="version 99"):
        index.Index(home)


@pytest.fixture
def full_disk(home: Home) -> Iterator[Home]:
    """The home on a small file system of its own; the test fills it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "pyker-test", home.graph], check=True)
    yield home
    subprocess.run(["umount", home.graph], check=True)


def test_image_can_be_removed_from_a_full_disk(full_disk: Home, tmp_path: Path) -> None:
    load_image(full_disk, tmp_path, "app:1", layers=["base", "x" * 100])
    with open(full_disk.below("filler"), "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass

    remove_image(full_disk, "app:1")

    assert all_images(full_disk) == layers_in(full_disk) == blobs_in(full_disk) == []


def test_lookup_imports_nothing_heavy() -> None:
    code = "import sys, pyker.engine.image_lookup; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-ISc", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )

    heavy = {"re", "json", "typing", "hashlib", "struct", "ctypes", "pyker.layers", "threading", "urllib"}
    assert not heavy & set(done.stdout.split())
