"""Pushing to a real registry, with a password, over TLS, through connections that break."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pyker.base.errors import NotFoundError
from pyker.base.home import Home
from pyker.engine.image_lookup import find_image
from pyker.engine.load import load
from pyker.engine.login import login, logout
from pyker.engine.pull import pull
from pyker.engine.push import push
from pyker.engine.remove_image import remove_image
from pyker.engine.tag import tag
from pyker.image import transport, upload
from pyker.image.authorization import DeniedError
from pyker.image.credentials import Credential
from pyker.image.registry import Wishes
from pyker.image.transport import NetworkError
from tests.support.images import (
    descriptor,
    digest,
    docker_archive,
    entry,
    index_of,
    make_tar,
    oci_archive,
    oci_parts,
    written,
)
from tests.support.registry import cutting_proxy, docker_registry
from tests.support.stores import small_layer

pytestmark = pytest.mark.root
LAYERS = [small_layer("one"), small_layer("two")]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ME = Credential("me", "secret")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def load_oci(home: Home, place: Path) -> str:
    """An image with compressed layers and a manifest of its own, app:1; the digest of that manifest."""
    blobs, manifest = oci_parts(LAYERS)
    name = {"org.opencontainers.image.ref.name": "app:1"}
    data = oci_archive(blobs, index_of(descriptor(MANIFEST, manifest, annotations=name)))
    load(home, written(place / "oci.tar", data), report=lambda _: None)
    return digest(manifest)


def load_plain(home: Home, place: Path, layers: "list[bytes]" = LAYERS) -> None:
    load(home, written(place / "plain.tar", docker_archive(layers, ["app:1"])), report=lambda _: None)


def send(home: Home, name: str, **wishes: Any) -> "list[str]":
    """Name app:1 *name* and push it; the lines that were told."""
    lines: "list[str]" = []
    tag(home, "app:1", name)
    push(home, name, wishes=Wishes(**wishes), report=lines.append)
    return lines


def test_what_came_arrives_byte_for_byte(home: Home, tmp_path: Path, registry: str) -> None:
    manifest = load_oci(home, tmp_path)

    lines = send(home, f"{registry}/bytes:1")

    raw = subprocess.run(
        ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{registry}/bytes:1"],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    assert digest(raw) == manifest
    assert lines[0] == f"The push refers to repository [{registry}/bytes]"
    assert lines[-1] == f"1: digest: {manifest} size: {len(raw)}"
    assert sorted(lines[1:-1]) == sorted(
        f"{digest(layer)[7:19]}: {words}" for layer in LAYERS for words in ("Preparing", "Pushed")
    )
    assert find_image(home, "app:1").repo_digests == (f"{registry}/bytes@{manifest}",)


def test_plain_layers_are_compressed_always_alike(home: Home, tmp_path: Path, registry: str) -> None:
    load_plain(home, tmp_path)
    before = find_image(home, "app:1")

    first = send(home, f"{registry}/plain:1")
    second = send(home, f"{registry}/plain:1")

    assert second[-1] == first[-1]
    assert sum(line.endswith("Layer already exists") for line in second) == 2
    remove_image(home, before.id, force=True)
    assert pull(home, f"{registry}/plain:1", report=lambda _: None).id == before.id


def test_blobs_of_another_repository_are_mounted(home: Home, tmp_path: Path, registry: str) -> None:
    load_oci(home, tmp_path)
    send(home, f"{registry}/first:1")

    lines = send(home, f"{registry}/second:1")

    assert sum(line.endswith("Mounted from first") for line in lines) == 2


def test_password_is_wanted_kept_and_forgotten(home: Home, tmp_path: Path) -> None:
    load_oci(home, tmp_path)
    with docker_registry(tmp_path, login=True) as host:
        with pytest.raises(DeniedError, match=r"push access denied for .*/app"):
            send(home, f"{host}/app:1")
        with pytest.raises(DeniedError, match=r"failed with status: 401 Unauthorized"):
            login(home, host, Wishes(credential=Credential("me", "wrong")))
        file = login(home, host, Wishes(credential=ME))
        assert Path(file).stat().st_mode & 0o777 == 0o600
        send(home, f"{host}/app:1")
        assert pull(home, f"{host}/app:1", report=lambda _: None).id == find_image(home, "app:1").id
        assert logout(home, host)
        assert not logout(home, host)
        with pytest.raises(DeniedError, match="pull access denied"):
            pull(home, f"{host}/app:1", report=lambda _: None)
        send(home, f"{host}/app:2", credential=ME)


def test_certificates_are_checked_when_asked(home: Home, tmp_path: Path) -> None:
    load_oci(home, tmp_path)
    with docker_registry(tmp_path, tls=True) as host:
        send(home, f"{host}/app:1")  # on this machine itself Docker does not ask for more
        with pytest.raises(NetworkError, match="certificate verify failed"):
            send(home, f"{host}/app:2", tls_verify=True)
        send(home, f"{host}/app:2", tls_verify=True, cert_dir=str(tmp_path))


def test_broken_upload_goes_on(
    home: Home, tmp_path: Path, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport.Transport, "wait", lambda *_: None)
    monkeypatch.setattr(upload, "AT_ONCE", 1 << 20)
    load_plain(home, tmp_path, [make_tar(entry("noise", data=Random(1).randbytes(6 << 20)))])

    with cutting_proxy(registry, after=3 << 20) as host:
        send(home, f"{host}/broken:1")

    assert pull(home, f"{registry}/broken:1", report=lambda _: None).id == find_image(home, "app:1").id


def test_name_without_an_image_is_not_pushed(home: Home, registry: str) -> None:
    with pytest.raises(NotFoundError, match=f"An image does not exist locally with the tag: {registry}/none"):
        push(home, f"{registry}/none:1", wishes=Wishes(), report=lambda _: None)
