"""What differs between two stacks of layers: two images, or an image and what it stands on."""

import os
import stat

from pyker.base.value import Value
from pyker.kernel.paths import CLOEXEC_DIRECTORY
from pyker.layers.diff import ADDED, CHANGED, DELETED, Stack, is_same, is_touched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Difference(Value):
    """One absolute path that is ADDED, CHANGED or DELETED, and its bytes: now, or when it was there."""

    kind: str
    path: str
    size: int


def stack_differences(old: "Sequence[str]", new: "Sequence[str]") -> "list[Difference]":
    """What the stack of directories *new* (topmost first) has other than *old*, sorted by path.

    A directory that was deleted stands for all in it, with the bytes of its files; what both take from the
    same layers is not looked at.
    """
    opened: "list[int]" = []
    try:
        opened += (os.open(path, CLOEXEC_DIRECTORY) for path in (*old, *new))
        walk = _Walk()
        walk.run(tuple(opened[: len(old)]), tuple(opened[len(old) :]))
        return sorted(walk.found, key=lambda one: one.path)
    finally:
        for descriptor in opened:
            os.close(descriptor)


class _Walk:
    """One walk over both, few descriptors open at once however deep they are."""

    def __init__(self) -> None:
        self.found: "list[Difference]" = []
        self._pending: "list[tuple[str, tuple[int, ...], tuple[int, ...]]]" = []

    def run(self, old: "tuple[int, ...]", new: "tuple[int, ...]") -> None:
        """Find all that differs below the two roots."""
        self._pending.append(("", old, new))
        while self._pending:
            path, lower, upper = self._pending.pop()
            with Stack(lower, path) as below, Stack(upper, path) as above:
                if not below.same_as(above):
                    self._directory(path, below, above)

    def _directory(self, path: str, below: Stack, above: Stack) -> None:
        for name in below.names() | above.names():
            before, now = below.before(name), above.before(name)
            shown = f"{path}/{name}"
            if now is None:
                if before is not None:
                    self._note(DELETED, shown, before, below)
                continue
            if not _is_directory(now):
                if before is None or not is_same(now, before):
                    self._note(ADDED if before is None else CHANGED, shown, now, above)
                continue
            if before is None or is_touched(now, before):
                self._note(ADDED if before is None else CHANGED, shown, None, above)
            self._pending.append((shown, below.visible if _is_directory(before) else (), above.visible))

    def _note(self, kind: str, path: str, status: "os.stat_result | None", stack: Stack) -> None:
        size = 0
        if status is not None:
            size = _bytes_below(stack.visible, path) if _is_directory(status) else status.st_size
        self.found.append(Difference(kind, path, size))


def _is_directory(status: "os.stat_result | None") -> bool:
    return status is not None and stat.S_ISDIR(status.st_mode)


def _bytes_below(roots: "tuple[int, ...]", top: str) -> int:
    """The bytes of all files in directory *top* of the stack *roots*."""
    total, pending = 0, [(top, roots)]
    while pending:
        path, visible = pending.pop()
        with Stack(visible, path) as stack:
            for name in stack.names():
                status = stack.before(name)
                if status is not None and _is_directory(status):
                    pending.append((f"{path}/{name}", stack.visible))
                elif status is not None:
                    total += status.st_size
    return total
