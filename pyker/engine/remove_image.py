"""`rmi`: names go first, an image with its last name, its layers when no other image has them.

The index is written before anything is removed: a crash leaves content without an image, which the next
command that changes the store collects; never an image without content.
"""

import os

from pyker.base.errors import ConflictError
from pyker.base.home import Home
from pyker.base.ids import short
from pyker.engine.collect import blobs_of, hold_content, retire
from pyker.engine.containers import containers_using
from pyker.engine.events import record
from pyker.engine.image_lookup import find_in
from pyker.image import blobs, index
from pyker.model.image import Image
from pyker.model.reference import parse_reference, split_canonical
from pyker.namespaces.userns import reenter


def remove_image(home: Home, text: str, *, force: bool = False) -> "list[str]":
    """Remove the name *text*, and the image when it was the last; an id means all its names.

    Gives Docker's lines, "Untagged: …" and "Deleted: …". Raises NotFoundError, or ConflictError when
    containers use it, or when an id has names in several repositories, unless *force* (never for a running
    container). The caller sweeps what is retired.
    """
    reenter(home, lambda _: None)
    with index.lock(home):
        known = index.Index(home)
        image = find_in(known, text)
        names, digests = _meant(image, text)
        lines = [f"Untagged: {split_canonical(name).familiar}" for name in (*names, *digests)]
        if len(names) + len(digests) < len(image.names) + len(image.repo_digests):
            _untag(known, image, names, digests)
            _tell(home, image, names)
            return lines
        users = containers_using(home, image.id)
        _refuse(image, text, users, force=force)
        known.remove(image.id, orphan=bool(users))
        known.save(lambda: _make_room(home, known, image))
        lines += _deleted(known, image)
    _tell(home, image, names)
    record(home, "image", "delete", image.id, name=image.id)
    retire(home)
    return lines


def _tell(home: Home, image: Image, names: "tuple[str, ...]") -> None:
    for name in names:
        record(home, "image", "untag", image.id, name=split_canonical(name).familiar)


def _meant(image: Image, text: str) -> "tuple[tuple[str, ...], tuple[str, ...]]":
    """The names and the digests of *image* that *text* asks to remove."""
    if _is_id(image, text):
        return image.names, image.repo_digests
    reference = parse_reference(text)
    prefix = f"{reference.name}@"
    if reference.digest:
        return (), tuple(known for known in image.repo_digests if known == prefix + reference.digest)
    names = tuple(name for name in image.names if name == reference.canonical)
    others = any(split_canonical(name).name == reference.name for name in image.names if name not in names)
    # Docker keeps a digest as long as the repository has another tag.
    return names, () if others else tuple(known for known in image.repo_digests if known.startswith(prefix))


def _is_id(image: Image, text: str) -> bool:
    digits = text.removeprefix("sha256:")
    if not image.id.startswith(digits, 7):
        return False
    return digits != text or not any(
        split_canonical(name).familiar == f"{text}:latest" for name in image.names
    )


def _untag(known: index.Index, image: Image, names: "tuple[str, ...]", digests: "tuple[str, ...]") -> None:
    for name in names:
        del known.names[name]
    known.drop_digests(image.id, digests)
    known.save()


def _refuse(image: Image, text: str, users: "list[tuple[str, str, bool]]", *, force: bool) -> None:
    """ConflictError, in Docker's words, when *image* must stay."""
    by_id = _is_id(image, text)
    what = (
        f"unable to delete {image.short_id}" if by_id else f'unable to remove repository reference "{text}"'
    )
    if running := [identity for identity, _, runs in users if runs]:
        raise ConflictError(
            f"conflict: {what} (cannot be forced) - {_used(image, running[0], by_id=by_id, running=True)}",
            hint=f"stop it first: pyker stop {short(running[0])}",
        )
    if force:
        return
    if users:
        must = "must be forced" if by_id else "must force"
        raise ConflictError(
            f"conflict: {what} ({must}) - {_used(image, users[0][0], by_id=by_id, running=False)}",
            hint=f"remove it first: pyker rm {short(users[0][0])}",
        )
    if by_id and len({split_canonical(name).name for name in image.names}) > 1:
        raise ConflictError(
            f"conflict: {what} (must be forced) - image is referenced in multiple repositories",
            hint="remove its names one by one, or use -f",
        )


def _used(image: Image, container: str, *, by_id: bool, running: bool) -> str:
    if by_id:
        return f"image is being used by {'running' if running else 'stopped'} container {short(container)}"
    return f"container {short(container)} is using its referenced image {image.short_id}"


def _deleted(known: index.Index, image: Image) -> "list[str]":
    """The image, and those of its layers that nothing else has, topmost first."""
    others = {chain for other in (*known.all(), *known.orphans()) for chain in other.chain}
    gone = [chain for chain in reversed(image.chain) if chain not in others]
    return [f"Deleted: {image.id}", *(f"Deleted: sha256:{chain}" for chain in gone)]


def _make_room(home: Home, known: index.Index, image: Image) -> bool:
    """On a full disk: free the blobs only *image* has; with its layers it still runs should we die now."""
    content = hold_content(home)
    if content < 0:
        return False
    try:
        only = set(image.blobs) - blobs_of((*known.all(), *known.orphans()))
        paths = [path for path in (blobs.path_of(home, digest) for digest in only) if os.path.exists(path)]
        for path in paths:
            os.unlink(path)
        return bool(paths)
    finally:
        os.close(content)
