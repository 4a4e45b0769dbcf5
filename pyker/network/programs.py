"""Programs of the system that networks need, run without the 12 ms that `subprocess` costs to import."""

import os
import select

from pyker.base.errors import UnsupportedError
from pyker.kernel.namespaces import NEWNET, setns
from pyker.kernel.process import close_from, send_signal

_DIRECTORIES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_ENVIRONMENT = {"PATH": ":".join(_DIRECTORIES), "LC_ALL": "C"}
_MESSAGE_BYTES = 4096
_SIGKILL = 9
_PATIENCE = 5000  # milliseconds; a killed process needs a millisecond


def find_program(name: str, hint: str = "") -> str:
    """The path of *name* in the system's directories; UnsupportedError with *hint* when it is missing."""
    for directory in _DIRECTORIES:
        path = os.path.join(directory, name)
        if os.access(path, os.X_OK):
            return path
    raise UnsupportedError(f"{name} is not installed", hint=hint)


def feed(program: str, text: str, namespace: "int | None" = None) -> None:
    """Run *program* on standard input *text*, inside the open network *namespace* when given.

    Raises UnsupportedError with its own words when it fails.
    """
    source = in_memory(text.encode())
    try:
        _run([program, "-f", "-"], source, namespace)
    finally:
        os.close(source)


def run_quietly(arguments: "list[str]") -> None:
    """Run a program to its end without input; UnsupportedError with its own words when it fails."""
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _run(arguments, nothing)
    finally:
        os.close(nothing)


def _run(arguments: "list[str]", source: int, namespace: "int | None" = None) -> None:
    complaint = in_memory(b"")
    try:
        child = spawn(arguments, (source, complaint, complaint), namespace=namespace)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            raise UnsupportedError(f"{os.path.basename(arguments[0])} failed: {said(complaint) or status}")
    finally:
        os.close(complaint)


def spawn(
    arguments: "list[str]",
    streams: "tuple[int, int, int]",
    keep: "tuple[int, ...]" = (),
    namespace: "int | None" = None,
) -> int:
    """Start a program whose only descriptors are *streams*, as 0 to 2, and *keep* (above 2); its pid.

    It is the leader of a session of its own, inside the open network *namespace* when one is given. When
    it cannot be executed it exits with 127.
    """
    child = os.fork()
    if child:
        return child
    try:
        if namespace is not None:
            setns(namespace, NEWNET)
        raised = [os.dup(stream) for stream in streams]  # out of the way of 0 to 2
        for number, stream in enumerate(raised):
            os.dup2(stream, number)
        for descriptor in keep:
            os.set_inheritable(descriptor, True)
        close_from(3, keep)
        _fresh_signals()
        os.setsid()
        os.execve(arguments[0], arguments, _ENVIRONMENT)
    finally:
        os._exit(127)


def end(pid: int, started: int) -> None:
    """Kill just that process and wait until it is gone, and with it the ports it held."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if send_signal(pid, started, _SIGKILL):
            waiter = select.poll()
            waiter.register(process, select.POLLIN)
            waiter.poll(_PATIENCE)
    finally:
        os.close(process)


def _fresh_signals() -> None:
    """Undo what Python and the supervisor did to signals: pasta does not start with SIGPIPE ignored."""
    import _signal

    for ignored in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(ignored, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def in_memory(data: bytes) -> int:
    """An open file that exists only in memory and holds *data*."""
    descriptor = os.memfd_create("pyker")
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def said(descriptor: int) -> str:
    """What a program wrote to the file *descriptor*, on one line, cut when long."""
    data = os.pread(descriptor, _MESSAGE_BYTES, 0)
    return " ".join(data.decode(errors="replace").split())[:300]
