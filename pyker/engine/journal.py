"""Reading a container's log back from systemd's journal, by journalctl(1)."""

import subprocess

from pyker.base import jsonfile
from pyker.base.errors import UnsupportedError
from pyker.supervisor.logs import timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pyker.engine.logs import Record, Wish

_ERROR = "3"  # the priority of standard error, see pyker.supervisor.journald


def read_journal(identity: str, wish: "Wish") -> "Iterator[Record]":
    """The entries of container *identity*; UnsupportedError without journalctl."""
    words = ["journalctl", "--quiet", "--output=json", "--no-pager", f"CONTAINER_ID_FULL={identity}"]
    words += ["--follow"] if wish.follow else []
    words += [f"--lines={wish.tail}"] if wish.tail is not None else ["--lines=all"] if wish.follow else []
    try:
        process = subprocess.Popen(words, stdout=subprocess.PIPE)
    except FileNotFoundError:
        raise UnsupportedError(
            "journalctl is not installed", hint="the log is in systemd's journal, which it reads"
        ) from None
    with process:
        try:
            for line in process.stdout or ():
                yield _record(jsonfile.loads(line))
        finally:
            process.terminate()


def _record(entry: "dict[str, Any]") -> "Record":
    text = entry.get("MESSAGE") or ""
    data = bytes(text) if isinstance(text, list) else str(text).encode()
    end = b"" if entry.get("CONTAINER_PARTIAL_MESSAGE") else b"\n"
    when = timestamp(int(entry["__REALTIME_TIMESTAMP"]) * 1000)
    stream = "stderr" if str(entry.get("PRIORITY")) == _ERROR else "stdout"
    return when, stream, data + end, {"tag": entry.get("CONTAINER_TAG", "")}
