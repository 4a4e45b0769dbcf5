"""Archives of every layout come into the store verified, whole or not at all."""

import json
import os
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyker.base.errors import CorruptError, InvalidError, NotFoundError, PykerError
from pyker.base.home import Home
from pyker.engine.image_lookup import all_images, find_image, image_config, lower_directories
from pyker.engine.import_image import import_image
from pyker.engine.load import load
from pyker.model.platform import this_machine
from tests.support.images import (
    compress,
    descriptor,
    digest,
    docker_archive,
    entry,
    folder,
    hard_link,
    index_of,
    make_config,
    make_tar,
    oci_archive,
    oci_parts,
    symlink,
    written,
)
from tests.support.stores import blobs_in, content, layers_in, load_image, small_layer, start_python

pytestmark = pytest.mark.root
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYERS = [small_layer("one"), small_layer("two")]
HERE = {"os": "linux", "architecture": this_machine().architecture}


def quiet(_: str) -> None:
    """Take a progress line."""


def files_of(home: Home, name: str) -> "set[str]":
    return {
        file
        for lower in lower_directories(home, find_image(home, name))
        for file in os.listdir(f"{lower}/etc")
    }


def members(data: bytes) -> "list[tuple[tarfile.TarInfo, bytes]]":
    import io

    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [(info, file.read() if (file := archive.extractfile(info)) else b"") for info in archive]


@pytest.mark.parametrize("inner", ["", "gzip", "zstd"])
@pytest.mark.parametrize("outer", ["", "gzip", "zstd"])
def test_docker_archive_is_loaded(home: Home, tmp_path: Path, inner: str, outer: str) -> None:
    data = compress(docker_archive(LAYERS, ["app:1", "reg.example/x/y:2"], compression=inner), outer)

    names = load(home, written(tmp_path / "a.tar", data), report=quiet)

    assert names == ["app:1", "reg.example/x/y:2"]
    assert files_of(home, "app:1") == {"one", "two"}
    assert image_config(home, find_image(home, "app:1"))["config"] == {"Cmd": ["/bin/sh"]}


@pytest.mark.parametrize("inner", ["", "gzip", "zstd"])
def test_oci_archive_is_loaded(home: Home, tmp_path: Path, inner: str) -> None:
    blobs, manifest = oci_parts(LAYERS, compression=inner)
    name = {"org.opencontainers.image.ref.name": "app:1"}
    data = oci_archive(blobs, index_of(descriptor(MANIFEST, manifest, annotations=name)))

    assert load(home, written(tmp_path / "a.tar", data), report=quiet) == ["app:1"]
    assert find_image(home, "app:1").manifest == digest(manifest)
    assert files_of(home, "app:1") == {"one", "two"}


def test_new_docker_layout_is_loaded_with_its_manifest(home: Home, tmp_path: Path) -> None:
    blobs, manifest = oci_parts(LAYERS, compression="")
    members = [entry(f"blobs/sha256/{name[7:]}", data=data) for name, data in blobs.items()]
    config, *layers = [f"blobs/sha256/{digest(data)[7:]}" for data in (make_config(LAYERS), *LAYERS)]
    listing = json.dumps([{"Config": config, "RepoTags": ["app:1"], "Layers": layers}]).encode()
    index = index_of(descriptor(MANIFEST, manifest, annotations={"io.containerd.image.name": "app:1"}))
    documents = [entry("manifest.json", data=listing), entry("index.json", data=index)]

    names = load(
        home, written(tmp_path / "a.tar", make_tar(folder("blobs"), *members, *documents)), report=quiet
    )

    assert names == ["app:1"]
    assert find_image(home, "app:1").manifest == digest(manifest)


def test_layers_may_be_links_to_layers(home: Home, tmp_path: Path) -> None:
    first = small_layer("one")
    config = make_config([first, first])
    listing = [{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["a/layer.tar", "b/layer.tar"]}]
    data = make_tar(
        entry("a/layer.tar", data=first),
        symlink("b/layer.tar", "../a/layer.tar"),
        hard_link("c.json", "real.json"),
        entry("real.json", data=config),
        entry("manifest.json", data=json.dumps(listing).encode()),
    )

    assert load(home, written(tmp_path / "a.tar", data), report=quiet) == ["app:1"]
    assert len(find_image(home, "app:1").chain) == 2


def test_index_in_an_index_leads_to_this_platform(home: Home, tmp_path: Path) -> None:
    blobs, manifest = oci_parts(LAYERS)
    foreign = descriptor(MANIFEST, b"never read", platform={"os": "linux", "architecture": "z80"})
    inner = index_of(foreign, descriptor(MANIFEST, manifest, platform=HERE))
    blobs[digest(inner)] = inner
    data = oci_archive(blobs, index_of(descriptor(INDEX, inner)))

    assert load(home, written(tmp_path / "a.tar", data), report=quiet) == [digest(make_config(LAYERS))]


def test_archive_comes_through_a_pipe(home: Home) -> None:
    data = docker_archive(LAYERS, ["app:1"])
    read, write = os.pipe()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=write) as feeder:
        os.close(write)
        assert feeder.stdin
        feeder.stdin.write(data)
        feeder.stdin.close()
        assert load(home, read, report=quiet) == ["app:1"]
    os.close(read)


def test_several_images_share_their_base(home: Home, tmp_path: Path) -> None:
    load_image(home, tmp_path, "a:1", layers=["base", "a"])
    load_image(home, tmp_path, "b:1", layers=["base", "b"])

    assert find_image(home, "a:1").chain[0] == find_image(home, "b:1").chain[0]
    assert len(layers_in(home)) == 3


def test_loading_again_changes_nothing(home: Home, tmp_path: Path) -> None:
    load_image(home, tmp_path, "a:1")
    before = content(home)

    load_image(home, tmp_path, "a:1")

    assert content(home) == before


def test_name_moves_and_the_old_image_is_told_of(home: Home, tmp_path: Path) -> None:
    load_image(home, tmp_path, "a:1", layers=["old"])
    old = find_image(home, "a:1")
    said: "list[str]" = []

    load(home, written(tmp_path / "b.tar", docker_archive(LAYERS, ["a:1"])), report=said.append)

    assert said == [f"The image a:1 already exists, renaming the old one with ID {old.id} to empty string"]
    assert find_image(home, old.id).names == ()


def test_size_is_that_of_the_files(home: Home, tmp_path: Path) -> None:
    load_image(home, tmp_path, "a:1", layers=["four", "sixsix"])

    assert find_image(home, "a:1").size == 10


def test_directories_between_keep_the_lower_layers_owner(home: Home, tmp_path: Path) -> None:
    lower = make_tar(folder("srv", uid=33, mode=0o2770), folder("srv/www", uid=34))
    upper = make_tar(entry("srv/www/index"))

    load(home, written(tmp_path / "a.tar", docker_archive([lower, upper], ["a:1"])), report=quiet)

    top = Path(lower_directories(home, find_image(home, "a:1"))[0])
    assert ((top / "srv").stat().st_uid, (top / "srv").stat().st_mode & 0o7777) == (33, 0o2770)
    assert (top / "srv/www").stat().st_uid == 34


def changed(**fields: object) -> bytes:
    """An archive whose manifest.json differs from the honest one."""
    parts = members(docker_archive(LAYERS, ["app:1"]))
    listing = json.loads(parts[-1][1])
    listing[0].update(fields)
    return make_tar(*parts[:-1], entry("manifest.json", data=json.dumps(listing).encode()))


def with_bad_layer(layer: bytes) -> bytes:
    return docker_archive([LAYERS[0], layer], ["app:1"])


HONEST = docker_archive(LAYERS, ["app:1"])
BAD: "dict[str, tuple[bytes, type[PykerError]]]" = {
    "empty": (b"", CorruptError),
    "text": (b"hello world" * 100, CorruptError),
    "no image": (make_tar(entry("etc/passwd")), InvalidError),
    "cut": (HONEST[: len(HONEST) // 2], CorruptError),
    "cut gzip": (compress(HONEST, "gzip")[:-20], CorruptError),
    "dots": (make_tar(entry("../x"), *members(HONEST)), CorruptError),
    "absolute": (make_tar(entry("/etc/x"), *members(HONEST)), CorruptError),
    "twice": (make_tar(*members(HONEST), *members(changed(RepoTags=["evil:1"]))[-1:]), CorruptError),
    "wrong layer": (docker_archive([LAYERS[0]], ["a:1"], config=make_config([LAYERS[1]])), CorruptError),
    "layer missing": (changed(Layers=["nowhere", "nowhere"]), CorruptError),
    "layer count": (changed(Layers=[]), CorruptError),
    "layers no list": (changed(Layers="x"), CorruptError),
    "config missing": (changed(Config="../../etc/passwd"), CorruptError),
    "bad tag": (changed(RepoTags=["Not A Name"]), InvalidError),
    "manifest no list": (make_tar(entry("manifest.json", data=b"{}")), CorruptError),
    "manifest no JSON": (make_tar(entry("manifest.json", data=b"{")), CorruptError),
    "manifest too large": (make_tar(entry("manifest.json", data=b" " * (5 << 20))), CorruptError),
    "link loop": (make_tar(symlink("manifest.json", "manifest.json")), CorruptError),
    "link out": (make_tar(symlink("manifest.json", "../../../etc/passwd")), CorruptError),
    "link to the host": (make_tar(symlink("manifest.json", "/etc/passwd")), CorruptError),
    "device as a member": (make_tar(entry("manifest.json", tarfile.CHRTYPE)), InvalidError),
    "layer with dots": (with_bad_layer(make_tar(entry("../../x"))), CorruptError),
    "layer with a bad link": (with_bad_layer(make_tar(symlink("l", "/"), entry("l/x"))), CorruptError),
    "layer cut": (with_bad_layer(LAYERS[1][:700]), CorruptError),
    "layer of xz": (with_bad_layer(b"\xfd7zXZ\0" + bytes(600)), PykerError),
}


@pytest.mark.parametrize(("data", "kind"), BAD.values(), ids=BAD)
def test_bad_archive_leaves_nothing_behind(
    home: Home, tmp_path: Path, data: bytes, kind: "type[PykerError]"
) -> None:
    load_image(home, tmp_path, "there:1", layers=["there"])
    before = content(home)

    with pytest.raises(kind):
        load(home, written(tmp_path / "bad.tar", data), report=quiet)

    assert content(home) == before


def oci_with(change: "Callable[[dict[str, bytes], bytes], tuple[dict[str, bytes], bytes]]") -> bytes:
    blobs, manifest = change(*oci_parts(LAYERS))
    return oci_archive(blobs, index_of(descriptor(MANIFEST, manifest)))


def swapped(blobs: "dict[str, bytes]", manifest: bytes) -> "tuple[dict[str, bytes], bytes]":
    """Every blob but the manifest under another's digest."""
    names, contents = list(blobs), list(blobs.values())
    others = dict(zip(names, contents[1:] + contents[:1]))
    return others | {digest(manifest): manifest}, manifest


@pytest.mark.parametrize(
    "data",
    [
        oci_with(swapped),
        oci_with(lambda blobs, manifest: ({digest(manifest): b"{}"}, manifest)),
        oci_with(lambda blobs, manifest: ({digest(manifest): manifest}, manifest)),
        oci_archive({}, b'{"schemaVersion": 2, "layers": []}'),
        oci_archive({}, index_of({"digest": "sha256:../../../../etc/passwd", "size": 1})),
    ],
    ids=["swapped", "manifest altered", "blobs missing", "index is none", "digest is a path"],
)
def test_bad_oci_archive_is_refused(home: Home, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(CorruptError):
        load(home, written(tmp_path / "a.tar", data), report=quiet)

    assert all_images(home) == []


def test_archive_for_other_platforms_says_so(home: Home, tmp_path: Path) -> None:
    other = {"os": "linux", "architecture": "z80"}
    inner = index_of(descriptor(MANIFEST, b"x", platform=other))
    data = oci_archive({digest(inner): inner}, index_of(descriptor(INDEX, inner)))

    with pytest.raises(NotFoundError, match="no matching manifest") as caught:
        load(home, written(tmp_path / "a.tar", data), report=quiet)

    assert "linux/z80" in caught.value.hint


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_decompression_bomb_is_stopped(
    home: Home, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYKER_LAYER_LIMIT", str(4 << 20))
    layer = make_tar(*(entry(f"f{number}", data=bytes(1 << 20)) for number in range(8)))
    data = docker_archive([layer], ["bomb:1"], compression=kind)

    with pytest.raises(CorruptError, match="layer unpacks to more than") as caught:
        load(home, written(tmp_path / "a.tar", data), report=quiet)

    assert "PYKER_LAYER_LIMIT" in caught.value.hint
    assert layers_in(home) == blobs_in(home) == []


LOADING = """from pyker.base.home import Home
from pyker.engine.load import load
load(Home({graph!r}, {run!r}, ""), {path!r}, report=print)"""


def start_load(home: Home, path: str) -> "subprocess.Popen[bytes]":
    return start_python(LOADING.format(graph=home.graph, run=home.run, path=path))


def unpacked_so_far(home: Home) -> int:
    """How many directories of a layer are in the staging area."""
    return max([len(os.listdir(path)) for path in Path(home.graph).glob("staging/*/diff")], default=-1)


@pytest.mark.parametrize("reached", [0, 300, 900])
def test_killed_load_is_swept_by_the_next(home: Home, tmp_path: Path, reached: int) -> None:
    big = make_tar(*(entry(f"d{number}/f") for number in range(1500)))
    path = written(tmp_path / "big.tar", docker_archive([big], ["big:1"]))
    with start_load(home, path) as process:
        while process.poll() is None and unpacked_so_far(home) < reached:
            time.sleep(0.001)
        process.kill()

    load_image(home, tmp_path, "next:1")

    assert os.listdir(home.below("staging")) == []
    assert len(layers_in(home)) == len(all_images(home)) <= 2


def test_two_loads_of_one_image_at_once_both_succeed(home: Home, tmp_path: Path) -> None:
    layer = make_tar(*(entry(f"d{number}/f") for number in range(200)))
    path = written(tmp_path / "a.tar", docker_archive([layer], ["a:1"]))
    processes = [start_load(home, path) for _ in range(3)]

    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert (len(layers_in(home)), len(blobs_in(home))) == (1, 3)
    assert os.listdir(home.below("staging")) == []


def test_content_no_image_needs_is_collected(home: Home, tmp_path: Path) -> None:
    load_image(home, tmp_path, "a:1")
    os.makedirs(home.below("layers", "ab" * 32, "diff/etc"))
    Path(home.below("blobs/sha256", "cd" * 32)).touch()

    load_image(home, tmp_path, "b:1", layers=["b"])

    assert len(layers_in(home)) == 2
    assert len(blobs_in(home)) == 6


def test_bad_archive_is_told_although_its_pipe_stays_open(home: Home) -> None:
    read, write = os.pipe()
    os.write(write, make_tar(entry("../x"))[:1024])

    started = time.monotonic()
    closing = threading.Timer(5, os.close, [write])
    closing.start()

    with pytest.raises(CorruptError, match="leads out of its root"):
        import_image(home, read)

    assert time.monotonic() - started < 4
    closing.join()
    os.close(read)


@pytest.fixture
def small_disk(home: Home) -> Iterator[Home]:
    """The home on a file system of 2 MB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "pyker-test", home.graph], check=True)
    yield home
    subprocess.run(["umount", home.graph], check=True)


def test_full_disk_is_told_and_nothing_stays(small_disk: Home, tmp_path: Path) -> None:
    load_image(small_disk, tmp_path, "a:1")
    before = content(small_disk)
    layer = make_tar(*(entry(f"f{number}", data=os.urandom(99_000)) for number in range(30)))

    with pytest.raises((PykerError, OSError), match="No space left on device"):
        load(small_disk, written(tmp_path / "b.tar", docker_archive([layer], ["b:1"])), report=quiet)

    assert content(small_disk) == before
