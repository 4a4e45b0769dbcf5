"""Running a health check once: a process in the container, its output in a pipe."""

import os
import select
import sys

from pyker.base.errors import PykerError
from pyker.base.home import Home
from pyker.base.jsonfile import dumps, loads, read, write_all
from pyker.engine.containers import load_container
from pyker.engine.enter import join
from pyker.kernel import stub
from pyker.kernel.process import become_subreaper, close_from
from pyker.model.exec_request import ExecRequest
from pyker.model.health import OUTPUT, TIMED_OUT
from pyker.runtime.process import Stdio
from pyker.runtime.sealed import execute_sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.model.container import Container
    from pyker.model.health import Check


class Probe:
    """One run of a check: a child of this process, a subreaper, until its end was reported."""

    def __init__(self, pid: int, reader: int) -> None:
        self.pid = pid
        self.reader = reader
        self.end = os.pidfd_open(pid)
        self.output = bytearray()
        self.code: "int | None" = None

    def read(self) -> None:
        """Take what it says, as far as it is kept; the rest is lost, but never holds it up."""
        try:
            while data := os.read(self.reader, 1 << 16):
                self.output += data[: OUTPUT - len(self.output)]
        except BlockingIOError:
            return

    def kill(self) -> None:
        """End it, and what it started in its session."""
        try:
            os.killpg(self.pid, 9)
        except ProcessLookupError:
            return

    def close(self) -> None:
        """Let go of its descriptors."""
        os.close(self.reader)
        os.close(self.end)


def begin_probe(home: "Home", container: "Container", check: "Check") -> Probe:
    """Start the command of *check* in *container*, which runs. Raises PykerError or OSError."""
    spec = read(f"{container.path}/spec.json")
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    os.set_blocking(writer, True)
    null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    try:
        launched = join(home, container, spec, ExecRequest(check.command), Stdio(null, writer, writer))
        return Probe(launched.pid, reader)
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
        os.close(null)


def begin_sealed_probe(home: "Home", container: "Container", check: "Check") -> Probe:
    """As *begin_probe*, from a process of its own whose interpreter is a sealed copy.

    For a container that may trace processes, see pyker.runtime.sealed. It ends the command in time itself.
    """
    words = {"graph": home.graph, "run": home.run, "config": home.config, "rootless": home.rootless}
    facts = {"home": words, "id": container.id, "command": check.command, "timeout": check.timeout}
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    os.set_blocking(writer, True)
    order = os.memfd_create("pyker-probe", 0)
    write_all(order, dumps(facts).encode())
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        stub.reset_signals()
        close_from(3, keep=[order])
        program = os.path.abspath(sys.argv[0])
        execute_sealed([sys.executable, "-IS", program, "container", "probe", str(order)])
    os.close(writer)
    os.close(order)
    return Probe(pid, reader)


def run_probe(order: int) -> int:
    """The life of the process that *begin_sealed_probe* starts: the exit code of the check."""
    facts = loads(os.pread(order, os.fstat(order).st_size, 0))
    os.close(order)
    words = facts["home"]
    home = Home(words["graph"], words["run"], words["config"], words["rootless"])
    container = load_container(home, facts["id"])
    if container is None or not container.is_running:
        return 1
    become_subreaper()
    spec = read(f"{container.path}/spec.json")
    launched = join(home, container, spec, ExecRequest(tuple(facts["command"])), Stdio(0, 1, 2))
    poll = select.poll()
    poll.register(os.pidfd_open(launched.pid), select.POLLIN)
    if not poll.poll(facts["timeout"] * 1000):
        os.killpg(launched.pid, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(launched.pid, 0)[1])
    return code if code >= 0 else 128 - code


def result(started: str, ended: str, code: int, output: bytes) -> "dict[str, Any]":
    """One entry of the health log."""
    text = output[:OUTPUT].decode(errors="replace")
    return {"Start": started, "End": ended, "ExitCode": code, "Output": text}


def refusal(started: str, ended: str, error: "PykerError | OSError") -> "dict[str, Any]":
    """The entry for a check that could not be begun."""
    words = error.message if isinstance(error, PykerError) else (error.strerror or str(error))
    return result(started, ended, TIMED_OUT, words.encode())


def overdue(seconds: float) -> bytes:
    """What Docker says of a check that took too long."""
    from pyker.base.units import go_duration

    return f"Health check exceeded timeout ({go_duration(seconds)})".encode()
