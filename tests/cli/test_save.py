"""`save`, `history`, `untag` and `image exists`: an image leaves the store as it came."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.images import (
    descriptor,
    digest,
    docker_archive,
    entry,
    index_of,
    make_config,
    make_tar,
    oci_archive,
    oci_parts,
    written,
)

BASE = make_tar(entry("base", data=b"b" * 1000))
TOP = make_tar(entry("top", data=b"t" * 20))
STEPS = [
    {"created": "2026-01-01T00:00:00Z", "created_by": "ADD base /"},
    {"created": "2026-01-01T00:00:00Z", "created_by": "ENV  A=b", "empty_layer": True},
    {"created": "2026-01-02T00:00:00Z", "created_by": "/bin/sh -c " + "x" * 60, "comment": "second"},
]


def load(pyker: Pyker, place: Path, *tags: str) -> None:
    config = make_config([BASE, TOP], history=STEPS)
    archive = docker_archive([BASE, TOP], list(tags), config=config)
    pyker("load", "-i", written(place / "app.tar", archive))


def load_oci(pyker: Pyker, place: Path) -> str:
    """An image with a manifest of its own; the digest of that."""
    blobs, manifest = oci_parts([BASE, TOP])
    entries = descriptor(
        "application/vnd.oci.image.manifest.v1+json",
        manifest,
        annotations={"org.opencontainers.image.ref.name": "given:1"},
    )
    pyker("load", "-i", written(place / "oci.tar", oci_archive(blobs, index_of(entries))))
    return digest(manifest)


def members(path: Path) -> "dict[str, bytes]":
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}  # type: ignore[union-attr]


def test_history_shows_each_step_newest_first(empty_pyker: Pyker, tmp_path: Path) -> None:
    load(empty_pyker, tmp_path, "app:1")

    heading, *rows = empty_pyker.lines("history", "app:1")

    assert heading.split("   ")[0] == "IMAGE"
    assert [row.split()[0] for row in rows[1:]] == ["<missing>", "<missing>"]
    assert "/bin/sh -c xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" in rows[0]
    assert rows[0].rstrip().endswith("20B       second")
    assert "ENV A=b" in rows[1]
    assert " 0B" in rows[1]
    assert "1kB" in rows[2]


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (("-H=false", "--format", "{{.CreatedSince}} {{.Size}}"), "2026-01-02T00:00:00Z 20"),
        (("--no-trunc", "--format", "{{.CreatedBy}}"), "/bin/sh -c " + "x" * 60),
        (("--format", "{{.Comment}}"), "second"),
    ],
)
def test_history_answers_as_asked(
    empty_pyker: Pyker, tmp_path: Path, options: "tuple[str, ...]", answer: str
) -> None:
    load(empty_pyker, tmp_path, "app:1")

    assert empty_pyker.lines("history", *options, "app:1")[0] == answer


def test_layer_without_a_story_is_a_step_too(empty_pyker: Pyker, tmp_path: Path) -> None:
    load_oci(empty_pyker, tmp_path)

    assert empty_pyker.lines("history", "--format", "{{.ID}} {{.Size}}", "given:1")[1] == "<missing> 1kB"


def test_what_came_is_saved_byte_for_byte(empty_pyker: Pyker, tmp_path: Path) -> None:
    manifest = load_oci(empty_pyker, tmp_path)
    came = members(tmp_path / "oci.tar")

    empty_pyker("save", "-o", str(tmp_path / "saved.tar"), "given:1")

    saved = members(tmp_path / "saved.tar")
    assert {name: saved.get(name) for name in came if name.startswith("blobs/")} == {
        name: data for name, data in came.items() if name.startswith("blobs/")
    }
    assert json.loads(saved["index.json"])["manifests"][0]["digest"] == manifest


def test_saved_image_comes_back_with_its_digest(empty_pyker: Pyker, tmp_path: Path) -> None:
    load_oci(empty_pyker, tmp_path)
    before = empty_pyker.out("image", "inspect", "-f", "{{.Id}}", "given:1")
    empty_pyker("save", "-o", str(tmp_path / "saved.tar"), "given:1")
    first = (tmp_path / "saved.tar").read_bytes()
    empty_pyker("rmi", "given:1")

    assert empty_pyker.lines("load", "-i", str(tmp_path / "saved.tar")) == ["Loaded image: given:1"]

    assert empty_pyker.out("image", "inspect", "-f", "{{.Id}}", "given:1") == before
    empty_pyker("save", "-o", str(tmp_path / "saved.tar"), "given:1")
    assert (tmp_path / "saved.tar").read_bytes() == first


@pytest.mark.parametrize(
    ("word", "tags"), [("app:1", ["app:1"]), ("app", ["app:1", "app:2"]), ("other", ["other:latest"])]
)
def test_name_saves_itself_and_a_repository_all_its_tags(
    empty_pyker: Pyker, tmp_path: Path, word: str, tags: "list[str]"
) -> None:
    load(empty_pyker, tmp_path, "app:1", "app:2", "other:latest")

    empty_pyker("save", "-o", str(tmp_path / "saved.tar"), word)

    listing = json.loads(members(tmp_path / "saved.tar")["manifest.json"])
    assert [one["RepoTags"] for one in listing] == [tags]


def test_id_saves_no_name(empty_pyker: Pyker, tmp_path: Path) -> None:
    load(empty_pyker, tmp_path, "app:1")
    identity = empty_pyker.out("images", "-q")

    empty_pyker("save", "-o", str(tmp_path / "saved.tar"), identity)

    assert json.loads(members(tmp_path / "saved.tar")["manifest.json"])[0]["RepoTags"] is None


@pytest.mark.root
@pytest.mark.parametrize(
    ("format", "transport"),
    [
        ("docker-archive", "docker-archive"),
        ("oci-archive", "oci-archive"),
        ("oci-dir", "oci"),
        ("docker-dir", "dir"),
    ],
)
def test_skopeo_reads_every_format(empty_pyker: Pyker, tmp_path: Path, format: str, transport: str) -> None:
    load(empty_pyker, tmp_path, "app:1")

    empty_pyker("save", "--format", format, "-o", str(tmp_path / "saved"), "app:1")

    shown = subprocess.run(
        ["skopeo", "inspect", "--config", f"{transport}:{tmp_path}/saved"], check=True, stdout=subprocess.PIPE
    ).stdout
    assert json.loads(shown)["rootfs"]["diff_ids"] == [digest(BASE), digest(TOP)]


def test_unknown_image_leaves_no_file(empty_pyker: Pyker, tmp_path: Path) -> None:
    done = empty_pyker("save", "-o", str(tmp_path / "saved.tar"), "nope", check=False)

    assert done.returncode == 1
    assert "No such image: nope:latest" in done.stderr
    assert not [name for name in os.listdir(tmp_path) if name.startswith("saved")]


@pytest.mark.root
def test_full_disk_ends_a_save_with_its_reason(empty_pyker: Pyker, tmp_path: Path) -> None:
    load(empty_pyker, tmp_path, "app:1")

    done = empty_pyker("save", "-o", "/dev/full", "app:1", check=False)

    assert done.returncode == 1
    assert "no space left on device" in done.stderr


def test_untagged_image_stays_by_its_id(empty_pyker: Pyker, tmp_path: Path) -> None:
    load(empty_pyker, tmp_path, "app:1", "app:2", "app:3")
    identity = empty_pyker.out("images", "-q", "app:1")

    empty_pyker("untag", identity, "app:1")
    assert sorted(empty_pyker.lines("images", "--format", "{{.Tag}}")) == ["2", "3"]
    assert "app:1: tag not known" in empty_pyker("untag", identity, "app:2", "app:1", check=False).stderr
    empty_pyker("untag", identity)

    assert empty_pyker.lines("images", "--format", "{{.Repository}} {{.ID}}") == [f"<none> {identity}"]


def test_image_exists_answers_by_its_code(empty_pyker: Pyker, tmp_path: Path) -> None:
    load(empty_pyker, tmp_path, "app:1")

    codes = [empty_pyker("image", "exists", name, check=False).returncode for name in ("app:1", "app:2")]

    assert codes == [0, 1]
