"""The log driver k8s-file: the format of Kubernetes' container runtimes (CRI).

2026-11-30T22:57:05.802863977Z stdout F a whole line
2026-11-30T22:57:05.802863977Z stderr P the beginning of one
"""

from pyker.supervisor.logs import JsonFile


class K8sFile(JsonFile):
    """Appends to a file and rotates it, as json-file does."""

    def encode(self, data: bytes, stream: str, when: str) -> bytes:
        """The records for *data*: whole lines, or one piece of a line."""
        whole = f"{when} {stream} F ".encode()
        if not data.endswith(b"\n"):
            return f"{when} {stream} P ".encode() + data + b"\n"
        return whole + data[:-1].replace(b"\n", b"\n" + whole) + b"\n"
