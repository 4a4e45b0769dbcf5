"""Why a run ends: a word that whoever ends it leaves in its run directory, for the supervisor to read.

Without one the container ended by itself, and its restart policy says what comes next. The word is
left and read under the container's lock, so a restart is decided before it or by it, never across.
"""

import os

from pyker.base.jsonfile import read_bytes, write_bytes
from pyker.engine.containers import run_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

STOP, AGAIN, KEEP, DOWN = "stop", "again", "keep", "down"
# STOP: stay ended, also after a boot. AGAIN: the supervisor starts it at once. KEEP: somebody else will, so
# --rm does not remove it. DOWN: the machine goes down, the next boot starts it.


def leave_word(home: "Home", container: "Container", word: str) -> None:
    """Say why the run of *container*, whose lock the caller holds, is about to end."""
    try:
        write_bytes(_path(home, container.id), word.encode(), durable=False)
    except FileNotFoundError:
        return  # it has ended


def word_left(home: "Home", identity: str) -> str:
    """STOP, AGAIN, KEEP, DOWN, or "" when nobody asked for the end of the run of container *identity*."""
    try:
        return read_bytes(_path(home, identity), 16).decode()
    except FileNotFoundError:
        return ""


def forget_word(home: "Home", identity: str) -> None:
    """Take back what *leave_word* said."""
    try:
        os.unlink(_path(home, identity))
    except FileNotFoundError:
        return


def _path(home: "Home", identity: str) -> str:
    return f"{run_path(home, identity)}/ending"
