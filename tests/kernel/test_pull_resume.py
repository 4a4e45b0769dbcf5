"""A pull that was cut short is gone on with, where it stopped."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyker.base.errors import CorruptError, PykerError
from pyker.base.home import Home
from pyker.engine import partial
from pyker.engine.image_lookup import find_image
from pyker.engine.prune_images import prune_images
from pyker.engine.pull import pull
from pyker.image.registry import Wishes
from pyker.image.transport import NetworkError
from tests.support.command import Pyker
from tests.support.images import digest, entry, make_tar, oci_parts
from tests.support.registry import Answer, FakeRegistry, fake_registry
from tests.support.stores import small_layer
from tests.support.waiting import eventually

pytestmark = pytest.mark.root
LAYERS = [small_layer("one"), make_tar(entry("noise", data=os.urandom(1 << 16) * 40))]
BLOBS, MANIFEST = oci_parts(LAYERS, compression="")
BIG = digest(LAYERS[1])
CUT = 1_500_000  # bytes after which the first transfer ends
ONCE = Wishes(retries=0)


def part(headers: "dict[str, str]") -> Answer:
    """What a server that knows ranges answers."""
    start = int(headers.get("Range", "bytes=0-")[6:-1])
    return Answer(LAYERS[1][start:], 206 if start else 200)


def cut(headers: "dict[str, str]") -> Answer:
    """The same, broken off."""
    answer = part(headers)
    answer.break_after = CUT
    return answer


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry with one image, app:1, whose large layer breaks off."""
    with fake_registry() as registry:
        registry.publish("app", "1", BLOBS, MANIFEST)
        registry.rules[f"/v2/app/blobs/{BIG}"] = cut
        yield registry


def ranges(registry: FakeRegistry) -> list[int]:
    """From which byte the large layer was asked for, each time."""
    return [int(headers.get("Range", "bytes=0-")[6:-1]) for headers in registry.asked_for(BIG)]


def fetch(home: Home, registry: FakeRegistry) -> None:
    pull(home, f"{registry.host}/app:1", report=lambda _: None, wishes=ONCE)


def serve(registry: FakeRegistry, rule: "Callable[[dict[str, str]], Answer | None]") -> None:
    registry.rules[f"/v2/app/blobs/{BIG}"] = rule


def test_pull_that_failed_goes_on(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NetworkError):
        fetch(home, registry)
    assert os.listdir(home.below("staging")) == []

    serve(registry, part)
    fetch(home, registry)

    assert len(find_image(home, f"{registry.host}/app:1").chain) == 2
    assert ranges(registry) == [0, CUT]
    assert os.listdir(home.below("partial")) == []


def test_server_without_ranges_sends_it_all_again(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NetworkError):
        fetch(home, registry)

    serve(registry, lambda _: Answer(LAYERS[1]))
    fetch(home, registry)

    assert len(find_image(home, f"{registry.host}/app:1").chain) == 2


def test_what_was_kept_is_not_believed(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NetworkError):
        fetch(home, registry)
    Path(home.below("partial", BIG[7:])).write_bytes(b"x" * CUT)

    serve(registry, part)
    fetch(home, registry)

    assert ranges(registry) in ([0, 0], [0, CUT, 0])  # that it is no layer may show before more is asked for
    assert len(find_image(home, f"{registry.host}/app:1").chain) == 2


def test_wrong_layer_is_not_kept(home: Home, registry: FakeRegistry) -> None:
    serve(registry, lambda _: Answer(b"y" * len(LAYERS[1])))

    with pytest.raises(CorruptError):
        fetch(home, registry)

    assert not os.path.exists(home.below("partial", BIG[7:]))


def test_old_parts_are_swept(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NetworkError):
        fetch(home, registry)
    path = home.below("partial", BIG[7:])
    os.utime(path, (1, 1))

    partial.sweep_staging(home, home.below("staging"))

    assert not os.path.exists(path)


def test_nothing_is_kept_on_a_full_disk(home: Home, registry: FakeRegistry) -> None:
    serve(registry, part)
    os.makedirs(home.graph, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "pyker-test", home.graph], check=True)
    try:
        with pytest.raises((PykerError, OSError)):
            fetch(home, registry)

        assert os.listdir(home.below("staging")) == []
        assert not os.path.exists(home.below("partial", BIG[7:]))
    finally:
        subprocess.run(["umount", home.graph], check=True)


def test_prune_takes_what_was_kept(home: Home, registry: FakeRegistry) -> None:
    with pytest.raises(NetworkError):
        fetch(home, registry)
    assert os.listdir(home.below("partial")) == [BIG[7:]]

    assert list(prune_images(home, lambda _: True, print)) == []

    assert os.listdir(home.below("partial")) == []


def test_killed_pull_is_gone_on_with(empty_pyker: Pyker, registry: FakeRegistry) -> None:
    over, asked = threading.Event(), threading.Event()

    def stall(headers: "dict[str, str]") -> Answer:
        if "Range" not in headers:
            return cut(headers)
        asked.set()
        over.wait(30)
        return Answer(b"", 503)

    serve(registry, stall)
    name = f"{registry.host}/app:1"
    with empty_pyker.popen("pull", name, new_session=True) as command:
        assert asked.wait(20)
        os.killpg(command.pid, signal.SIGKILL)
    over.set()
    before = len(ranges(registry))

    serve(registry, part)
    assert empty_pyker.lines("pull", name)[-1] == name

    assert ranges(registry)[before:] == [CUT]
    eventually(lambda: os.listdir(empty_pyker.root / "staging") == [])
    assert os.listdir(empty_pyker.root / "partial") == []
