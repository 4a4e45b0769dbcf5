"""The file in which an engine finds the pid of what was started for it."""

import os

from pyker.base.errors import InvalidError


def write_pid(path: str, pid: int) -> None:
    """Put *pid* into the file at *path*, whole or not at all; InvalidError where it cannot be."""
    from pyker.base.jsonfile import write_bytes

    try:
        write_bytes(path, b"%d" % pid, durable=False, mode=0o644)
    except OSError as error:
        raise InvalidError(f"open {path}: {os.strerror(error.errno or 0).lower()}") from error
