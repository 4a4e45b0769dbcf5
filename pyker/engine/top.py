"""The processes of a container: as this machine's ps(1) shows them, or by Podman's descriptors.

Docker's way for options of ps: this machine's program looks, never one of the image, and the lines of other
processes are left out.
"""

import os

from pyker.base.errors import ConflictError, InvalidError, PykerError, UnsupportedError
from pyker.engine.containers import find_container
from pyker.engine.events import record_container
from pyker.engine.processes import pids_of
from pyker.model.container import RESTARTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.model.container import Container

    Table = list[list[str]]

PROGRAMS = ("/usr/bin/ps", "/bin/ps")
DEFAULT = ("-ef",)


def top(home: "Home", text: str, words: "tuple[str, ...]") -> "Table":
    """The processes of container *text* as rows of cells, the headings first.

    *words* are descriptors (pid, args …), or options of ps. Raises NotFoundError, ConflictError when it does
    not run, InvalidError for options that ps refuses or that leave out the pids.
    """
    container = find_container(home, text)
    if container.status == RESTARTING:
        raise ConflictError(f"Container {container.id} is restarting, wait until the container is running")
    if not container.is_running:
        raise ConflictError(f"Container {container.id} is not running")
    record_container(home, container, "top")
    if names := _descriptors(words):
        from pyker.engine.descriptors import describe

        return describe(container, pids_of(container), names)
    return _by_ps(container, words or DEFAULT)


def _descriptors(words: "tuple[str, ...]") -> "list[str]":
    """The descriptors that *words* are, none when one of them is not."""
    names = [name for word in words for name in word.split(",") if name]
    if not names or any(name.startswith("-") for name in names):
        return []
    from pyker.engine.descriptors import HEADINGS, SHORT

    names = [SHORT.get(name, name.lower()) for name in names]
    return names if all(name in HEADINGS for name in names) else []


def _by_ps(container: "Container", options: "tuple[str, ...]") -> "Table":
    heading, *lines = _output(options).splitlines() or [""]
    titles = heading.split()
    if "PID" not in titles:
        raise InvalidError("Couldn't find PID field in ps output", hint="let ps show the pid: -o pid,comm")
    column = titles.index("PID")
    wanted = {str(pid) for pid in pids_of(container)}
    rows = [line.split(maxsplit=len(titles) - 1) for line in lines]
    return [titles, *(row for row in rows if len(row) > column and row[column] in wanted)]


def _output(options: "tuple[str, ...]") -> str:
    import subprocess

    program = next((path for path in PROGRAMS if os.access(path, os.X_OK)), "")
    if not program:
        raise UnsupportedError("this machine has no ps", hint="name columns instead: pid user args")
    argv = [program, *options]
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "COLUMNS": "10000"}
    try:
        done = subprocess.run(
            argv, env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=30
        )
    except subprocess.TimeoutExpired:
        raise PykerError("ps does not end") from None
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit {done.returncode}"]
        raise InvalidError(f"ps: {words[0]}", hint="see ps(1) for its options")
    return done.stdout.decode(errors="surrogateescape")
