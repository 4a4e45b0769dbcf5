"""An attacker who swaps two names for each other, as fast as the kernel can, while something is done."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from pyker.kernel.libc import NUMBER, syscall
from tests.support.command import Pyker

NUMBER.setdefault("renameat2", 316 if os.uname().machine == "x86_64" else 276)
EXCHANGE = 2
CURRENT = -100


@contextmanager
def swapping(first: Path, second: Path) -> Iterator[None]:
    """Exchange *first* and *second* without pause, in a process of its own, until the block ends."""
    child = os.fork()
    if child == 0:
        try:
            while os.getppid() > 1:
                syscall("renameat2", CURRENT, bytes(first), CURRENT, bytes(second), EXCHANGE)
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


@contextmanager
def starting(pyker: Pyker, name: str) -> Iterator[None]:
    """Start container *name* again and again, from a process of its own, until the block ends."""
    with pyker.popen(
        "start", name, before=("sh", "-c", 'while :; do "$@"; done', "sh"), new_session=True
    ) as loop:
        drains = [Thread(target=stream.read) for stream in (loop.stdout, loop.stderr) if stream]
        for drain in drains:
            drain.start()
        try:
            yield
        finally:
            os.killpg(loop.pid, 9)
            for drain in drains:
                drain.join()
