"""`pull`: an image from a registry, its layers in parallel, each unpacked while it arrives."""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

from pyker.base.errors import CorruptError, NotFoundError, PykerError
from pyker.base.home import Home
from pyker.base.value import Value
from pyker.engine import ingest, partial
from pyker.engine.collect import staging_parent
from pyker.engine.events import record
from pyker.engine.image_lookup import all_images, image_by_id
from pyker.engine.ingest import Adding, Arrived, StagedLayer, register
from pyker.image import blobs
from pyker.image.authorization import DeniedError
from pyker.image.config import ConfigFacts, read_config
from pyker.image.manifest import Manifest, choose, read_manifest
from pyker.image.registry import Fetched, Repository, Wishes, repositories
from pyker.image.transport import NetworkError
from pyker.kernel.staging import Staging
from pyker.layers.store import Layer, chain_ids, find_layer
from pyker.model.digest import Descriptor
from pyker.model.image import Image
from pyker.model.platform import Platform, parse_platform
from pyker.model.reference import Reference, parse_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Report = Callable[[str], None]

AT_ONCE = 3  # layers, as Docker's max-concurrent-downloads
MAX_NESTED = 4  # indexes inside indexes


class Found(Value):
    """What a name led to: one image, and the documents on the way to it."""

    manifest: Manifest
    config: bytes
    facts: ConfigFacts
    fetched: Fetched  # the manifest as it came
    named: Fetched  # what the name itself stands for: an index, or the manifest
    way: "tuple[Fetched, ...]"  # indexes


def pull(
    home: Home,
    text: str,
    *,
    platform: str = "",
    report: "Report",
    quiet: bool = False,
    wishes: "Wishes | None" = None,
) -> Image:
    """Bring the image *text* from its registry and give it; Docker's plain progress lines go to *report*.

    Raises InvalidError (bad name), NotFoundError (no such image there), CorruptError (not what its digests
    promise) or NetworkError. Layers that arrived whole stay for the next attempt.
    """
    tell: "Report" = (lambda _: None) if quiet else _in_turn(report)
    reference = parse_reference(text)
    wanted = parse_platform(platform)
    places = repositories(home, reference, wishes or Wishes())
    try:
        repository, found = _find_anywhere(places, reference, wanted)
        if platform:
            _check_platform(found.facts, wanted, reference)
        tell(f"{reference.digest or reference.tag}: Pulling from {reference.path}")
        with Adding(home, tell, collect_on_failure=False):
            image, news = _bring(home, repository, reference, found, tell)
    finally:
        for place in places:
            place.transport.close()
    record(home, "image", "pull", reference.familiar, name=reference.familiar_name)
    tell(f"Digest: {found.named.digest}")
    status = "Downloaded newer image for" if news else "Image is up to date for"
    tell(f"Status: {status} {reference.familiar}")
    return image


def _find_anywhere(
    places: "list[Repository]", reference: Reference, platform: Platform
) -> "tuple[Repository, Found]":
    """The first place that has the image; the registry's own answer is raised when none has."""
    for mirror in places[:-1]:
        try:
            return mirror, find(mirror, reference, platform)
        except (NetworkError, NotFoundError, DeniedError):
            continue
    return places[-1], find(places[-1], reference, platform)


def _in_turn(report: "Report") -> "Report":
    """*report* for several threads: one line at a time."""
    lock = threading.Lock()

    def tell(line: str) -> None:
        with lock:
            report(line)

    return tell


def _check_platform(facts: ConfigFacts, wanted: Platform, reference: Reference) -> None:
    has = Platform(facts.os or "linux", facts.architecture, facts.variant)
    if not wanted.accepts({"os": has.os, "architecture": has.architecture, "variant": has.variant}):
        raise NotFoundError(
            f"image with reference {reference.familiar} was found but does not match the specified platform: "
            f"wanted {wanted}, actual: {has}"
        )


def find(repository: Repository, reference: Reference, platform: Platform) -> Found:
    """Follow *reference* to one image for *platform*; CorruptError when its parts do not fit together."""
    named = repository.manifest(reference.digest or reference.tag)
    way = [named]
    while not isinstance(content := read_manifest(way[-1].data, way[-1].media_type), Manifest):
        if len(way) > MAX_NESTED:
            raise CorruptError("the image's indexes are nested too deep")
        way.append(repository.manifest(choose(content, platform).descriptor.digest))
    config = repository.document(content.config)
    facts = read_config(config)
    if len(facts.diff_ids) != len(content.layers):
        raise CorruptError(
            f"image has {len(content.layers)} layers, its config tells of {len(facts.diff_ids)}"
        )
    return Found(content, config, facts, way[-1], named, tuple(way[:-1]))


def _bring(
    home: Home, repository: Repository, reference: Reference, found: Found, tell: "Report"
) -> "tuple[Image, bool]":
    """Fetch what is missing and register the image; tells whether the name meant another one before."""
    before = image_by_id(home, found.manifest.config.digest)
    layers = _Layers(home, repository, found.facts, tell).bring(
        found.manifest.layers, quiet=before is not None
    )
    for fetched in found.way:
        blobs.put(home, fetched.data, fetched.digest)
    arrived = Arrived(
        found.config,
        found.facts,
        tuple(layers),
        manifest=found.fetched.data,
        names=() if reference.digest else (reference.canonical,),
        repo_digests=(f"{reference.name}@{found.named.digest}",),
        more_blobs=tuple(fetched.digest for fetched in found.way),
    )
    known = before is not None and set(arrived.names) <= set(before.names)
    return register(home, arrived), not known


class _NotWhatWasBegunError(CorruptError):
    """A layer did not come out as promised, part of which was here before."""


class _Layers:
    """The layers of one image on their way into the store."""

    def __init__(self, home: Home, repository: Repository, facts: ConfigFacts, tell: "Report") -> None:
        self._home = home
        self._repository = repository
        self._facts = facts
        self._tell = tell
        self._chain = chain_ids(facts.diff_ids)
        self._images = all_images(home)  # while content.lock is held: their blobs stay
        self._failure: "BaseException | None" = None

    def bring(self, descriptors: "tuple[Descriptor, ...]", *, quiet: bool) -> "list[Layer]":
        """Every layer, lowest first; those not here yet are fetched, several at once, and stored in order."""
        here = [self._here(at, descriptor) for at, descriptor in enumerate(descriptors)]
        with ThreadPoolExecutor(AT_ONCE) as workers:
            coming: "dict[int, Future[StagedLayer]]" = {}
            for at, (descriptor, layer) in enumerate(zip(descriptors, here)):
                if layer is None:
                    self._say(descriptor, "Pulling fs layer")
                    coming[at] = workers.submit(self._fetch, at, descriptor)
                elif not quiet:
                    self._say(descriptor, "Already exists")
            try:
                return [layer or self._take(at, descriptors[at], coming[at]) for at, layer in enumerate(here)]
            except BaseException as error:  # noqa: BLE001 - whatever came first is raised
                raise self._fail(error) from None
            finally:
                for future in coming.values():
                    future.cancel()
                    future.add_done_callback(_discard)

    def _fail(self, error: BaseException) -> BaseException:
        """Stop the other layers; gives the failure that came first, which is the cause."""
        self._failure = self._failure or error
        return self._failure

    def _here(self, at: int, descriptor: Descriptor) -> "Layer | None":
        """The layer, when it is here and so is the blob that it came as: this one, or an image's own."""
        layer = find_layer(self._home, self._chain[at])
        if layer is None or not os.path.exists(blobs.path_of(self._home, descriptor.digest)):
            return None
        meant = (self._chain[at], descriptor.digest)
        if layer.blob != descriptor.digest and not any(
            meant in zip(image.chain, image.blobs) for image in self._images
        ):
            return None
        return layer.replace(blob=descriptor.digest, blob_size=descriptor.size)

    def _say(self, descriptor: Descriptor, words: str) -> None:
        self._tell(f"{descriptor.digest[7:19]}: {words}")

    def _fetch(self, at: int, descriptor: Descriptor) -> StagedLayer:
        """Unpack one layer aside while it arrives; anew, when what was here of it turns out to be wrong."""
        try:
            try:
                return self._fetch_once(at, descriptor)
            except _NotWhatWasBegunError:
                return self._fetch_once(at, descriptor)
        except BaseException as error:
            self._fail(error)
            raise

    def _fetch_once(self, at: int, descriptor: Descriptor) -> StagedLayer:
        staging = Staging(staging_parent(self._home))
        staging.__enter__()
        known = 0
        try:
            known = partial.begin(self._home, staging, descriptor.digest)
            with _closed_in_the_end(self._watched(descriptor, staging, known)) as chunks:
                staged = ingest.stage_layer(self._home, staging, chunks, diff_id=self._facts.diff_ids[at])
            staged.blob.check(descriptor.digest, descriptor.size)
        except CorruptError as error:
            staging.__exit__(None, None, None)
            raise (_NotWhatWasBegunError(str(error)) if known else error) from None
        except BaseException:
            partial.keep(self._home, staging.path)
            staging.__exit__(None, None, None)
            raise
        return staged

    def _watched(self, descriptor: Descriptor, staging: Staging, known: int) -> "Generator[bytes]":
        """The bytes of a layer, the *known* ones from *staging*, until another layer has failed."""
        if known:
            yield from partial.begun(staging)
        for chunk in self._repository.chunks(descriptor, known):
            if self._failure:
                raise PykerError("another layer failed")
            yield chunk
        self._say(descriptor, "Verifying Checksum")
        self._say(descriptor, "Download complete")

    def _take(self, at: int, descriptor: Descriptor, future: "Future[StagedLayer]") -> Layer:
        layer = ingest.adopt_layer(self._home, future.result(), self._chain[:at])
        self._say(descriptor, "Pull complete")
        return layer


@contextmanager
def _closed_in_the_end(chunks: "Generator[bytes]") -> "Iterator[Iterator[bytes]]":
    """*chunks* in a `with`: its connection is closed then, unless a thread still waits at it."""
    try:
        yield chunks
    finally:
        with suppress(ValueError):  # it is executing
            chunks.close()


def _discard(future: "Future[StagedLayer]") -> None:
    """Remove what is left of a layer's staging directory, whether it was taken or not."""
    if not future.cancelled() and future.exception() is None:
        future.result().staging.__exit__(None, None, None)
