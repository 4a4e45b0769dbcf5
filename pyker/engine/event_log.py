"""Reading back what `pyker.engine.events` wrote, and following it."""

import os
import time

from pyker.base import jsonfile
from pyker.base.home import Home, claim_home
from pyker.engine.events import NAME
from pyker.kernel.watch import PAUSE, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Event = dict[str, Any]

_READ = 1 << 16


def read_events(
    home: Home,
    *,
    since: "float | None",
    until: "float | None",
    wanted: "Callable[[Event], bool]",
    follow: bool = True,
) -> "Iterator[Event]":
    """The events from *since* to *until* (seconds since 1970) that are *wanted*, oldest first.

    Without *since* only what happens from now on. Unless *follow* is off, or *until* has passed, it waits
    for what is to come.
    """
    first = 0 if since is None else int(since * 1e9)
    last = None if until is None else int(until * 1e9)
    log = _Log(home, skip=since is None)
    try:
        for event in log.run(until, follow=follow):
            moment = event.get("timeNano")
            if not isinstance(moment, int) or moment < first:
                continue
            if last is not None and moment > last:
                return
            if wanted(event):
                yield event
    finally:
        log.close()


class _Log:
    """The two files, read on from where the last look ended."""

    def __init__(self, home: Home, *, skip: bool) -> None:
        claim_home(home)
        self._path = home.running(NAME)
        os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        self._watch = Watch(self._path)
        self._descriptor = -1
        self._older: "list[int]" = []
        self._rest = b""
        self._open_both()
        if skip:
            self._drop_older()
            os.lseek(self._descriptor, 0, os.SEEK_END)

    def _open_both(self) -> None:
        try:
            self._older = [_open(f"{self._path}.1")]
        except FileNotFoundError:
            self._older = []
        self._descriptor = _open(self._path)

    def _drop_older(self) -> None:
        for descriptor in self._older:
            os.close(descriptor)
        self._older = []

    def run(self, until: "float | None", *, follow: bool) -> "Iterator[Event]":
        """Every event there is, then those that come, at most to the time *until*."""
        for descriptor in self._older:
            yield from self._read(descriptor)
        self._drop_older()
        while True:
            yield from self._read(self._descriptor)
            if self._renew():
                continue
            left = PAUSE if until is None else until - time.time()
            if not follow or left <= 0:
                return
            self._watch.wait(left)

    def _renew(self) -> bool:
        """Go on with the new file when the one at hand was put aside; whether it was."""
        try:
            newer = _open(self._path)
        except FileNotFoundError:
            return False
        if os.path.sameopenfile(newer, self._descriptor):
            os.close(newer)
            return False
        os.close(self._descriptor)
        self._descriptor = newer
        return True

    def _read(self, descriptor: int) -> "Iterator[Event]":
        while data := os.read(descriptor, _READ):
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                try:
                    event = jsonfile.loads(line)
                except ValueError:
                    continue  # written by a process that was cut short
                if isinstance(event, dict):
                    yield event

    def close(self) -> None:
        """Close everything."""
        self._watch.close()
        self._drop_older()
        os.close(self._descriptor)


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
