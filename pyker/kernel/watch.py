"""Waiting for a file to be written to, also when it is renamed away and made anew. See inotify(7)."""

import os
import select

from pyker.kernel.libc import fs_text, syscall

PAUSE = 1.0  # seconds after which to look, even if nothing was told
_READ = 1 << 16

# linux/inotify.h
IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE, IN_MOVE_SELF = 0x2, 0x4, 0x8, 0x800
IN_CLOEXEC, IN_NONBLOCK = 0o2000000, 0o4000


class Watch:
    """Waits for the file at *path* to change."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._poll = select.poll()
        self._descriptor = -1
        try:
            self._descriptor = syscall("inotify_init1", IN_CLOEXEC | IN_NONBLOCK)
            self._poll.register(self._descriptor, select.POLLIN)
        except OSError:
            pass  # too many watches: the pauses below do
        self._add()

    def _add(self) -> None:
        if self._descriptor < 0:
            return
        mask = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVE_SELF
        try:
            syscall("inotify_add_watch", self._descriptor, fs_text(self._path), mask)
        except OSError:
            return  # rotated away this moment; the next wait adds it

    def wait(self, patience: float = PAUSE) -> None:
        """Return when the file may have changed, or after *patience* seconds."""
        if self._poll.poll(int(min(patience, PAUSE if self._descriptor >= 0 else 0.1) * 1000)):
            os.read(self._descriptor, _READ)
        self._add()

    def close(self) -> None:
        """Let go of the watch."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
