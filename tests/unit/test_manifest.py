"""Manifests and indexes, believed only when they are of the right shape."""

import json

import pytest

from pyker.base.errors import CorruptError, NotFoundError, UnsupportedError
from pyker.image.config import read_config
from pyker.image.manifest import Choice, Manifest, choose, read_manifest
from pyker.model.digest import check_digest
from pyker.model.platform import Platform, parse_platform
from tests.support.images import descriptor, index_of, make_config, oci_parts

BLOB = descriptor("", b"x")


def choices(*platforms: "dict[str, str] | None") -> "tuple[Choice, ...]":
    found = read_manifest(index_of(*(BLOB | {"platform": platform} for platform in platforms)))
    assert isinstance(found, tuple)
    return found


def test_manifest_tells_config_and_layers() -> None:
    manifest = read_manifest(oci_parts([b"a", b"b"])[1])

    assert isinstance(manifest, Manifest)
    assert len(manifest.layers) == 2


def test_platform_with_the_same_variant_is_preferred() -> None:
    arm = {"os": "linux", "architecture": "arm64"}

    chosen = choose(choices(arm | {"variant": "v8"}, arm), Platform("linux", "arm64"))

    assert chosen.platform == arm


def test_attestations_are_never_chosen() -> None:
    paper = {"os": "unknown", "architecture": "unknown"}

    with pytest.raises(NotFoundError, match="no matching manifest for linux/amd64"):
        choose(choices(paper, {"os": "linux", "architecture": "s390x"}), Platform("linux", "amd64"))


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"schemaVersion": 2},
        {"schemaVersion": 3, "layers": []},
        {"schemaVersion": 2, "layers": [], "manifests": []},
        {"schemaVersion": 2, "layers": [], "config": {}},
        {"schemaVersion": 2, "layers": [{"digest": "sha256:../../x", "size": 1}], "config": BLOB},
        {"schemaVersion": 2, "layers": [BLOB | {"size": -1}], "config": BLOB},
        {"schemaVersion": 2, "layers": [BLOB | {"size": True}], "config": BLOB},
        {"schemaVersion": 2, "layers": [7], "config": BLOB},
        {"schemaVersion": 2, "manifests": [BLOB | {"platform": 7}]},
    ],
)
def test_malformed_manifest_is_refused(document: object) -> None:
    with pytest.raises(CorruptError):
        read_manifest(json.dumps(document).encode())


def test_schema_1_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="schema version 1"):
        read_manifest(b'{"schemaVersion": 1, "fsLayers": []}')


def test_other_artifacts_are_no_images() -> None:
    config = descriptor("application/vnd.cncf.helm.config.v1+json", b"x")

    with pytest.raises(UnsupportedError, match="not a container image"):
        read_manifest(json.dumps({"schemaVersion": 2, "layers": [], "config": config}).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"rootfs": {"diff_ids": ["x"]}}', b"[" * 100_000])
def test_malformed_config_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptError):
        read_config(data)


def test_images_for_other_systems_are_refused() -> None:
    with pytest.raises(CorruptError, match="windows"):
        read_config(make_config([], os="windows"))


@pytest.mark.parametrize(
    "text", [None, "", "sha256:", "sha512:" + "a" * 128, "sha256:" + "A" * 64, "sha256:" + "/" * 64]
)
def test_digest_is_sha256_and_hexadecimal(text: "str | None") -> None:
    with pytest.raises(CorruptError, match="invalid digest"):
        check_digest(text)


def test_platform_is_read_as_docker_reads_it() -> None:
    assert str(parse_platform("linux/arm64/v8")) == "linux/arm64/v8"
    assert str(parse_platform("aarch64")) == "linux/arm64"
    assert parse_platform("").os == "linux"


@pytest.mark.parametrize(
    "config",
    [{"Env": 5}, {"Env": [1]}, {"Cmd": "true"}, {"Labels": ["x"]}, {"Labels": {"a": 1}}, {"User": ["x"]}, []],
    ids=str,
)
def test_config_with_a_default_of_the_wrong_type_is_refused(config: object) -> None:
    document = {"rootfs": {"type": "layers", "diff_ids": []}, "config": config or [1]}

    with pytest.raises(CorruptError, match="invalid image config"):
        read_config(json.dumps(document).encode())
