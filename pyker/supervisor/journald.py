"""The log driver journald: every line an entry of systemd's journal, by its native protocol.

One datagram an entry: NAME=value lines, binary values by their length. See "Native Journal Protocol" in
systemd's documentation. What the journal does not take is dropped: it never stops the container.
"""

import _socket
import _struct

from pyker.base import jsonfile
from pyker.supervisor.logs import JsonFile

SOCKET = "/run/systemd/journal/socket"
_PRIORITY = {"stdout": 6, "stderr": 3}  # info and err of syslog(3), as Docker has them


class Journald(JsonFile):
    """Sends entries; *options* hold the fields of each under "fields", a JSON object."""

    def _open(self) -> None:
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        fields = jsonfile.loads(self._attributes or "{}")
        self._fields = b"".join(_field(name, str(value).encode()) for name, value in fields.items())

    def encode(self, data: bytes, stream: str, when: str) -> bytes:  # noqa: ARG002 - the journal has its clock
        """Send an entry for each line of *data*; there is nothing to be written to a file."""
        common = self._fields + _field("PRIORITY", str(_PRIORITY[stream]).encode())
        whole = data.endswith(b"\n")
        for line in data.removesuffix(b"\n").split(b"\n"):
            partial = b"" if whole else _field("CONTAINER_PARTIAL_MESSAGE", b"true")
            self._send(common + partial + _field("MESSAGE", line))
        return b""

    def _append(self, data: bytes, original: int) -> None:
        """It is sent already."""

    def _send(self, entry: bytes) -> None:
        try:
            self._socket.sendto(entry, _socket.MSG_NOSIGNAL, SOCKET)
        except OSError:
            return  # no journal, or it is too slow

    def close(self) -> None:
        """Log what is held back."""
        super().close()
        self._socket.close()


def _field(name: str, value: bytes) -> bytes:
    if b"\n" not in value:
        return name.encode() + b"=" + value + b"\n"
    return name.encode() + b"\n" + _struct.pack("<Q", len(value)) + value + b"\n"
