"""The log of `pyker-runtime`, in the two formats that engines read: logrus' text and its JSON."""

import os
import time

from pyker.base.errors import InvalidError
from pyker.base.jsonfile import dumps, write_all
from pyker.cli.output import complain

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class Log:
    """Where messages go: the file of --log, or standard error."""

    def __init__(self, path: str = "", *, json: bool = False) -> None:
        self.path = path if path != "/dev/stderr" else ""
        self.json = json

    def require(self) -> None:
        """Make the file; InvalidError where it cannot be written."""
        if self.path:
            try:
                os.close(os.open(self.path, _FLAGS, 0o644))
            except OSError as error:
                raise InvalidError(f"open {self.path}: {(error.strerror or '').lower()}") from error

    def failed(self, text: str) -> None:
        """A failure: into the log, and in plain words to standard error when that is not the log."""
        self._write("error", text)
        if self.path:
            complain(text)

    def warn(self, text: str) -> None:
        """Something that is worse than it should be."""
        self._write("warning", text)

    def _write(self, level: str, text: str) -> None:
        line = self._line(level, text)
        if not self.path:
            complain(line)
            return
        try:
            descriptor = os.open(self.path, _FLAGS, 0o644)
        except OSError as error:
            complain(f"{line}\nopen {self.path}: {(error.strerror or '').lower()}")
            return
        write_all(descriptor, line.encode() + b"\n")
        os.close(descriptor)

    def _line(self, level: str, text: str) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        if self.json:
            return dumps({"level": level, "msg": text, "time": moment}, canonical=True)
        return f'time="{moment}" level={level} msg={dumps(text)}'
