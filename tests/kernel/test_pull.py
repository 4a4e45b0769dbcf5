"""Pulling: a real registry, and registries that lie, break off, ask for tokens or redirect."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base.errors import CorruptError, InvalidError, NotFoundError, PykerError, UnsupportedError
from pyker.base.home import Home
from pyker.engine.image_lookup import all_images, find_image
from pyker.engine.load import load
from pyker.engine.pull import pull
from pyker.image import transport
from pyker.image.credentials import Credential
from pyker.image.registries import Registries, Source
from pyker.image.registry import Wishes, access_to
from pyker.model.image import Image
from pyker.model.platform import this_machine
from tests.support.images import (
    descriptor,
    digest,
    docker_archive,
    entry,
    index_of,
    make_config,
    make_tar,
    oci_parts,
    symlink,
    written,
)
from tests.support.registry import Answer, FakeRegistry, docker_registry, fake_registry
from tests.support.stores import content, layers_in, small_layer

pytestmark = pytest.mark.root
LAYERS = [small_layer("one"), small_layer("two"), make_tar(entry("noise", data=bytes(range(256)) * 9000))]
BLOBS, MANIFEST = oci_parts(LAYERS, compression="")
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
LAST = digest(LAYERS[2])


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRegistry]:
    """A registry with one image, app:1; waiting between attempts is short."""
    monkeypatch.setattr(transport.Transport, "wait", lambda *_: None)
    with fake_registry() as registry:
        registry.publish("app", "1", BLOBS, MANIFEST)
        yield registry


def fetch(
    home: Home, registry: FakeRegistry, name: str = "app:1", **options: str
) -> "tuple[Image, list[str]]":
    lines: "list[str]" = []
    return pull(home, f"{registry.host}/{name}", report=lines.append, **options), lines  # type: ignore[arg-type]


@pytest.mark.slow
def test_image_comes_from_a_real_registry(home: Home, tmp_path: Path) -> None:
    archive = written(tmp_path / "a.tar", docker_archive(LAYERS, ["app:1"]))
    with docker_registry(tmp_path) as host:
        target = f"docker://{host}/team/app:1"
        argv = [
            "skopeo",
            "copy",
            "-q",
            "--insecure-policy",
            "--dest-tls-verify=false",
            f"docker-archive:{archive}",
            target,
        ]
        subprocess.run(argv, check=True)
        lines: "list[str]" = []
        image = pull(home, f"{host}/team/app:1", report=lines.append)

    assert image.id == digest(make_config(LAYERS))
    assert lines[0] == "1: Pulling from team/app"
    assert lines[-1] == f"Status: Downloaded newer image for {host}/team/app:1"


def test_progress_is_told_in_dockers_words(home: Home, registry: FakeRegistry) -> None:
    _, lines = fetch(home, registry)
    layer = LAST[7:19]
    mine = [line for line in lines if line.startswith(layer)]

    words = ("Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete")
    assert mine == [f"{layer}: {word}" for word in words]
    assert lines[0] == "1: Pulling from app"
    assert lines[-2:] == [
        f"Digest: {digest(MANIFEST)}",
        f"Status: Downloaded newer image for {registry.host}/app:1",
    ]


def test_second_pull_fetches_no_layer(home: Home, registry: FakeRegistry) -> None:
    fetch(home, registry)
    registry.asked.clear()
    _, lines = fetch(home, registry)

    assert registry.asked_for(LAST) == []
    assert lines[-1] == f"Status: Image is up to date for {registry.host}/app:1"


def test_layers_of_other_images_are_not_fetched_again(home: Home, registry: FakeRegistry) -> None:
    fetch(home, registry)
    layers = [*LAYERS, small_layer("more")]
    registry.publish("app", "2", *oci_parts(layers, compression=""))
    registry.asked.clear()
    _, lines = fetch(home, registry, "app:2")

    assert registry.asked_for(LAST) == []
    assert f"{LAST[7:19]}: Already exists" in lines


def test_layer_that_came_packed_otherwise_is_fetched_once(
    home: Home, registry: FakeRegistry, tmp_path: Path
) -> None:
    load(home, written(tmp_path / "a.tar", docker_archive(LAYERS, ["own:1"])), report=lambda _: None)
    blobs, manifest = oci_parts(LAYERS, compression="gzip")
    registry.publish("packed", "1", blobs, manifest)
    fetch(home, registry, "packed:1")
    registry.asked.clear()
    _, lines = fetch(home, registry, "packed:1")

    assert lines[1:-1] == [f"Digest: {digest(manifest)}"]
    assert not any(registry.asked_for(layer["digest"]) for layer in json.loads(manifest)["layers"])


def test_digest_names_one_image_for_ever(home: Home, registry: FakeRegistry) -> None:
    image, _ = fetch(home, registry, f"app@{digest(MANIFEST)}")

    assert image.names == ()
    assert find_image(home, f"{registry.host}/app@{digest(MANIFEST)}").id == image.id


def test_index_leads_to_this_platform_past_attestations(home: Home, registry: FakeRegistry) -> None:
    here = {"os": "linux", "architecture": this_machine().architecture}
    paper = descriptor(MANIFEST_TYPE, b"paper", platform={"os": "unknown", "architecture": "unknown"})
    foreign = descriptor(MANIFEST_TYPE, b"foreign", platform={"os": "linux", "architecture": "z80"})
    index = index_of(paper, foreign, descriptor(MANIFEST_TYPE, MANIFEST, platform=here))
    registry.publish(
        "app", "all", BLOBS | {digest(MANIFEST): MANIFEST}, index, "application/vnd.oci.image.index.v1+json"
    )

    image, _ = fetch(home, registry, "app:all")

    assert image.id == digest(make_config(LAYERS))
    assert image.repo_digests == (f"{registry.host}/app@{digest(index)}",)


def test_other_platforms_are_refused(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NotFoundError, match="wanted linux/s390x, actual: linux/amd64"):
        fetch(home, registry, platform="linux/s390x")

    assert all_images(home) == []


def test_broken_transfer_is_taken_up_where_it_broke(home: Home, registry: FakeRegistry) -> None:
    data = LAYERS[2]

    def serve(headers: "dict[str, str]") -> Answer:
        start = int(headers.get("Range", "bytes=0-")[6:-1])
        answer = Answer(data[start:], 206 if start else 200)
        answer.break_after = 900_000
        return answer

    registry.rules[f"/v2/app/blobs/{LAST}"] = serve
    fetch(home, registry)

    ranges = [headers.get("Range", "") for headers in registry.asked_for(LAST)]
    assert len(ranges) == 3
    assert ranges[0] == ""


def test_server_without_ranges_is_asked_again_from_the_start(home: Home, registry: FakeRegistry) -> None:
    answers = [Answer(LAYERS[2]), Answer(LAYERS[2])]
    answers[0].break_after = 1_000_000
    registry.rules[f"/v2/app/blobs/{LAST}"] = lambda _: answers.pop(0)

    image, _ = fetch(home, registry)

    assert len(image.chain) == 3


def test_busy_server_is_asked_again(home: Home, registry: FakeRegistry) -> None:
    answers = [Answer(b"", 503), Answer(b"", 429, Retry_After="0")]
    registry.rules["/v2/app/manifests/1"] = lambda _: answers.pop(0) if answers else None

    fetch(home, registry)


def test_anonymous_token_is_fetched_and_sent(home: Home, registry: FakeRegistry) -> None:
    challenge = f'Bearer realm="http://{registry.host}/token",service="reg",scope="repository:app:pull"'

    def guard(headers: "dict[str, str]") -> "Answer | None":
        known = headers.get("Authorization") == "Bearer secret"
        return None if known else Answer(b"", 401, WWW_Authenticate=challenge)

    for path in registry.contents:
        registry.rules[path] = guard
    registry.contents["/token"] = Answer(b'{"token": "secret"}')
    fetch(home, registry)

    assert any(path == "/token?scope=repository%3Aapp%3Apull&service=reg" for path, _ in registry.asked)
    assert "Authorization" not in registry.asked_for("/token")[0]
    assert len(registry.asked_for("/token")) == 1


@pytest.mark.parametrize("token", ["", "refresh"])
def test_login_goes_to_the_token_server_and_the_token_to_the_registry(
    home: Home, registry: FakeRegistry, token: str
) -> None:
    with fake_registry() as tokens:
        challenge = f'Bearer realm="http://{tokens.host}/token",service="reg"'
        tokens.contents["/token"] = Answer(b'{"access_token": "granted"}')
        denied = Answer(b"", 401, WWW_Authenticate=challenge)
        for path in registry.contents:
            registry.rules[path] = lambda headers: (
                None if headers.get("Authorization") == "Bearer granted" else denied
            )
        me = Credential("me", "secret", token)
        pull(home, f"{registry.host}/app:1", report=lambda _: None, wishes=Wishes(credential=me))

    asked = tokens.asked[0]
    assert asked[1].get("Authorization") == (None if token else me.basic())
    assert ("scope=repository%3Aapp%3Apull" in asked[0]) != bool(token)
    assert not [headers for _, headers in registry.asked if headers.get("Authorization") == me.basic()]


def test_token_stays_with_its_registry(home: Home, registry: FakeRegistry) -> None:
    with fake_registry() as elsewhere:
        elsewhere.contents["/store"] = Answer(LAYERS[2])
        path = f"/v2/app/blobs/{LAST}"
        registry.rules[path] = lambda _: Answer(b"", 307, Location=f"http://{elsewhere.host}/store")
        challenge = f'Bearer realm="http://{registry.host}/token"'
        registry.rules["/v2/app/manifests/1"] = lambda headers: (
            None if "Authorization" in headers else Answer(b"", 401, WWW_Authenticate=challenge)
        )
        registry.contents["/token"] = Answer(b'{"token": "secret"}')
        fetch(home, registry)

        assert "Authorization" in registry.asked_for(LAST)[0]
        assert [sorted(headers) for headers in elsewhere.asked_for("/store")] == [
            ["Accept-Encoding", "Host", "User-Agent"]
        ]


def test_login_is_asked_for_where_one_is_needed(home: Home, registry: FakeRegistry) -> None:
    registry.rules["/v2/app/manifests/1"] = lambda _: Answer(b"", 401, WWW_Authenticate='Basic realm="x"')

    with pytest.raises(
        PykerError, match=r"pull access denied for .*app, repository does not exist or may require"
    ):
        fetch(home, registry)


def test_unknown_tag_is_not_found(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NotFoundError, match=r"manifest for .*/app:2 not found: manifest unknown"):
        fetch(home, registry, "app:2")


def test_wrong_port_is_told_at_once(home: Home) -> None:
    with pytest.raises(PykerError, match=r'manifests/latest": Failed to establish a new connection.*refused'):
        pull(home, "127.0.0.1:1/app", report=print)


def test_nothing_is_asked_for_a_bad_name(home: Home) -> None:
    with pytest.raises(InvalidError):
        pull(home, "127.0.0.1:1/App", report=print)


def lie(path: str, answer: Answer) -> "dict[str, Answer]":
    return {f"/v2/app/{path}": answer}


def other_manifest(**changes: object) -> Answer:
    return Answer(json.dumps(json.loads(MANIFEST) | changes).encode())


CONFIG = digest(make_config(LAYERS))
EVIL = make_tar(symlink("l", "/etc"), entry("l/passwd", data=b"x"))
EVIL_BLOBS, EVIL_MANIFEST = oci_parts([EVIL])
WRONG = oci_parts([LAYERS[0]], config=make_config([LAYERS[1]]))
LIES: "dict[str, tuple[dict[str, Answer], type[PykerError]]]" = {
    "layer altered": (lie(f"blobs/{LAST}", Answer(LAYERS[2][:-1024] + bytes(1023) + b"x")), CorruptError),
    "layer too long": (lie(f"blobs/{LAST}", Answer(LAYERS[2] + b"x")), CorruptError),
    "layer is another's": (lie(f"blobs/{digest(LAYERS[0])}", Answer(LAYERS[1])), CorruptError),
    "config altered": (lie(f"blobs/{CONFIG}", Answer(make_config(LAYERS, author="x"))), CorruptError),
    "manifest altered": (
        lie("manifests/1", Answer(MANIFEST + b" ", Docker_Content_Digest=digest(MANIFEST))),
        CorruptError,
    ),
    "manifest too large": (lie("manifests/1", Answer(b" " * (5 << 20))), CorruptError),
    "manifest is HTML": (lie("manifests/1", Answer(b"<html>")), CorruptError),
    "digest is a path": (
        lie("manifests/1", other_manifest(config={"digest": "../../x", "size": 1})),
        CorruptError,
    ),
    "schema 1": (lie("manifests/1", other_manifest(schemaVersion=1)), UnsupportedError),
    "layers and manifests": (lie("manifests/1", other_manifest(manifests=[])), CorruptError),
    "too few layers": (lie("manifests/1", other_manifest(layers=[])), CorruptError),
    "redirect to a file": (lie("manifests/1", Answer(b"", 307, Location="file:///etc/passwd")), PykerError),
    "redirects without end": (lie("manifests/1", Answer(b"", 307, Location="1")), PykerError),
    "no server error ends": (lie("manifests/1", Answer(b"", 500)), PykerError),
    "token realm is a file": (
        lie("manifests/1", Answer(b"", 401, WWW_Authenticate='Bearer realm="file:///etc/passwd"')),
        PykerError,
    ),
}


@pytest.mark.parametrize(("lies", "kind"), LIES.values(), ids=LIES)
def test_lies_are_refused(
    home: Home, registry: FakeRegistry, lies: "dict[str, Answer]", kind: "type[PykerError]"
) -> None:
    registry.contents.update(lies)

    with pytest.raises(kind):
        fetch(home, registry)

    assert all_images(home) == []
    assert not [path for path in content(home) if path.startswith("staging/")]


@pytest.mark.parametrize(
    "parts", [(EVIL_BLOBS, EVIL_MANIFEST), WRONG], ids=["write through a link", "wrong diff id"]
)
def test_layers_are_checked_as_those_of_archives(
    home: Home, registry: FakeRegistry, parts: "tuple[dict[str, bytes], bytes]"
) -> None:
    registry.publish("evil", "1", *parts)

    with pytest.raises(CorruptError):
        fetch(home, registry, "evil:1")

    assert layers_in(home) == []


def test_finished_layers_stay_for_the_next_attempt(home: Home, registry: FakeRegistry) -> None:
    def missing(_: "dict[str, str]") -> Answer:
        deadline = time.monotonic() + 10
        while len(layers_in(home)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        return Answer(b"", 404)

    registry.rules[f"/v2/app/blobs/{LAST}"] = missing
    with pytest.raises(PykerError):
        fetch(home, registry)
    kept = layers_in(home)
    registry.rules.clear()
    registry.asked.clear()
    fetch(home, registry)

    assert len(kept) == 2
    assert registry.asked_for(digest(LAYERS[0])) == []


def test_retries_and_their_pause_are_those_of_the_command_line(home: Home) -> None:
    registries, source = Registries(home), Source("127.0.0.1:1", "")

    access = access_to(registries, source, Wishes(retries=0, retry_delay=2.0))

    assert (access.attempts, access.pause) == (1, 2.0)
    assert access_to(registries, source, Wishes()).attempts == 5


@pytest.mark.parametrize(
    ("pause", "told", "seconds"),
    [
        (None, "", [0.25, 0.5, 1.0, 30.0]),
        (2.0, "", [2.0] * 4),
        (None, "7", [7] * 4),
        (2.0, "999", [30.0] * 4),
    ],
)
def test_pauses_grow_and_end(
    monkeypatch: pytest.MonkeyPatch, pause: "float | None", told: str, seconds: list[float]
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    there = transport.Transport(transport.Access("127.0.0.1:1", pause=pause))

    for attempt in (0, 1, 2, 100):
        there.wait(attempt, told)

    assert slept == seconds
