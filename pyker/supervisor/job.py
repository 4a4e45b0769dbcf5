"""What a supervisor is to do, as a value that survives parking."""

import os

from pyker.base import jsonfile
from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_NOTHING: "dict[str, Any]" = {}  # never written to


class Job(Value):
    """One running container as its supervisor sees it. Descriptors are numbers, -1 is "none"."""

    id: str
    pid: int  # the container's first process, a child of the supervisor
    started: int = 0  # its start time
    name: str = ""
    stdin: int = -1  # write end of the pipe
    stdout: int = -1  # read ends
    stderr: int = -1
    master: int = -1  # of the pty, instead of the three pipes
    listening: int = -1  # the attach socket
    socket: str = ""  # and its path, unlinked at the end
    keep: "tuple[int, ...]" = ()  # to be kept open: published ports, locks
    log_driver: str = "json-file"  # or none
    log_path: str = ""
    log_options: "tuple[tuple[str, str], ...]" = ()
    stdin_once: bool = False  # close the container's stdin when the client that fed it is done
    may_park: bool = True  # no when children other than pid may need reaping at once (host pid namespace)
    extra: "dict[str, Any]" = _NOTHING  # the engine's own, untouched
    quiet: float = 2.0  # seconds of silence before parking
    parked: float = 0.0  # when it parked, on the monotonic clock
    held: "tuple[tuple[str, str], ...]" = ()  # (stream, begun line as latin-1 text) not logged yet

    def document(self) -> "dict[str, Any]":
        """This job as JSON; *from_document* is the way back."""
        return {name: getattr(self, name) for name in self._fields}

    @classmethod
    def from_document(cls, document: "dict[str, Any]") -> "Job":
        """The job that *document* describes."""
        fields = dict(document)
        fields["keep"] = tuple(fields.get("keep", ()))
        for name in ("log_options", "held"):
            fields[name] = tuple((key, value) for key, value in fields.get(name, ()))
        return cls(**fields)

    def store(self) -> int:
        """A descriptor (close-on-exec) of memory that holds this job."""
        descriptor = os.memfd_create("pyker-job", os.MFD_CLOEXEC)
        jsonfile.write_all(descriptor, jsonfile.dumps(self.document()).encode())
        return descriptor


def resume(descriptor: int) -> Job:
    """The job that *store* wrote, for the process that was woken; *descriptor* is closed."""
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, size, 0)
    os.close(descriptor)
    return Job.from_document(jsonfile.loads(data))
