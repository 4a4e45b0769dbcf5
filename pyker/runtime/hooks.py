"""Hooks: programs that a config has run at six moments of a container's life. See "POSIX-platform Hooks".

Each gets the container's state on its input, nothing of the environment but what the config gives it,
and no descriptor beside its three. What it writes is kept for the error of one that fails, and one that
takes longer than its timeout is killed with its process group.
"""

import os
import select
import time

from pyker.base.jsonfile import dumps, write_all
from pyker.kernel.process import name_process
from pyker.kernel.stub import HELD_NAME, exec_program
from pyker.runtime.message import LaunchError, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from pyker.kernel.stub import Hold

    Hook = dict[str, Any]

PRESTART, CREATE_RUNTIME, CREATE_CONTAINER = "prestart", "createRuntime", "createContainer"
START_CONTAINER, POSTSTART, POSTSTOP = "startContainer", "poststart", "poststop"
KINDS = (PRESTART, CREATE_RUNTIME, CREATE_CONTAINER, START_CONTAINER, POSTSTART, POSTSTOP)
_KEPT = 4096  # bytes of each stream that an error shows
_TICK = 20  # milliseconds between looks where no pidfd may be had
_KILL = 9


class Hooks:
    """The hooks of one config, and what is told them of its container."""

    def __init__(self, spec: "dict[str, Any]", identity: str, bundle: str) -> None:
        self._hooks: "dict[str, list[Hook]]" = spec.get("hooks") or {}
        self._facts: dict[str, Any] = {"ociVersion": spec.get("ociVersion") or "1.0.2", "id": identity}
        self._facts["bundle"] = bundle
        if annotations := spec.get("annotations"):
            self._facts["annotations"] = annotations

    def has(self, *kinds: str) -> bool:
        """Whether there is a hook of any of *kinds*."""
        return any(self._hooks.get(kind) for kind in kinds)

    def run(self, kind: str, status: str, pid: int = 0, directory: str = "") -> None:
        """Run those of *kind* one after the other, from *directory*; LaunchError at the first that fails."""
        state = self._state(status, pid)
        for place, hook in enumerate(self._hooks.get(kind) or ()):
            _run(f"{kind} hook #{place}", hook, state, directory)

    def run_all(self, kind: str, status: str, pid: int, warn: "Callable[[str], None]") -> None:
        """Run all of *kind*; those that fail are warned of, and keep no other from running."""
        state = self._state(status, pid)
        for place, hook in enumerate(self._hooks.get(kind) or ()):
            try:
                _run(f"{kind} hook #{place}", hook, state, "")
            except LaunchError as error:
                warn(error.message)

    def run_last(self, status: int, hold: "Hold | None") -> int:
        """In the container, just before its program: wait as *hold* says, then run those of startContainer.

        The descriptor that takes the errno of execve(2): *status*, or that of *hold*, which also takes the
        report of a hook that failed.
        """
        if hold is None:
            self.run(START_CONTAINER, "created", os.getpid())
            return status
        name_process(HELD_NAME)
        os.write(status, hold.word)
        os.close(status)
        os.read(hold.start, 1)
        try:
            self.run(START_CONTAINER, "created", os.getpid())
        except LaunchError as error:
            os.write(hold.result, failure("run hooks", error))
            os._exit(1)
        return hold.result

    def _state(self, status: str, pid: int) -> bytes:
        """The state document of the runtime-spec; a pid of 0 is none."""
        return dumps({**self._facts, "status": status, **({"pid": pid} if pid else {})}).encode()


def _run(name: str, hook: "Hook", state: bytes, directory: str) -> None:
    try:
        _Run(hook, state, directory).finish()
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise LaunchError(f"error running {name}: {hook['path']}: {reason}") from error
    except LaunchError as error:
        raise LaunchError(f"error running {name}: {error.message}") from error


class _Run:
    """One hook that runs: its process, its streams, its time."""

    def __init__(self, hook: "Hook", state: bytes, directory: str) -> None:
        self.timeout = hook.get("timeout")
        self.path = hook["path"]
        given = os.memfd_create("pyker-state")
        write_all(given, state)
        os.lseek(given, 0, os.SEEK_SET)
        out, err, status = (os.pipe2(os.O_CLOEXEC) for _ in range(3))
        self.pid = os.fork()
        if self.pid == 0:
            _become(hook, (given, out[1], err[1]), status[1], directory)
        for descriptor in (given, out[1], err[1], status[1]):
            os.close(descriptor)
        self.streams = {out[0]: b"", err[0]: b""}
        self.status = status[0]
        self.end = time.monotonic() + self.timeout if self.timeout is not None else None

    def finish(self) -> None:
        """Wait for its end; OSError when it could not be executed, LaunchError when it failed."""
        with open(self.status, "rb") as file:
            number = file.read(4)
        try:
            code = self._wait()
        finally:
            for stream in self.streams:
                os.close(stream)
        if number:
            raise OSError(int.from_bytes(number, "little"), "", self.path)
        if code is None:
            raise LaunchError(f"it ran past its timeout of {self.timeout} s{self._said()}")
        if code:
            how = f"exit status {code}" if code > 0 else f"killed by signal {-code}"
            raise LaunchError(f"{how}{self._said()}")

    def _said(self) -> str:
        out, err = (text.decode(errors="replace") for text in self.streams.values())
        return f", stdout: {out}, stderr: {err}"

    def _wait(self) -> "int | None":
        """Its exit code, minus its signal, or None when its time was up; its pipes may still be held."""
        poll = select.poll()
        for stream in self.streams:
            os.set_blocking(stream, False)
            poll.register(stream, select.POLLIN)
        try:
            watched = os.pidfd_open(self.pid)
            poll.register(watched, select.POLLIN)
        except OSError:  # a seccomp filter without it: look now and then
            watched = -1
        try:
            return self._watch(poll, watched)
        finally:
            if watched >= 0:
                os.close(watched)

    def _watch(self, poll: "select.poll", watched: int) -> "int | None":
        while True:
            for descriptor, _ in poll.poll(self._patience(watched)):
                if descriptor != watched and not self._read(descriptor):
                    poll.unregister(descriptor)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                for stream in self.streams:
                    self._read(stream)
                return os.waitstatus_to_exitcode(status)
            if self.end is not None and time.monotonic() >= self.end:
                os.killpg(self.pid, _KILL)
                os.waitpid(self.pid, 0)
                return None

    def _patience(self, watched: int) -> "int | None":
        left = None if self.end is None else max(0, int((self.end - time.monotonic()) * 1000) + 1)
        return left if watched >= 0 else min(_TICK, left if left is not None else _TICK)

    def _read(self, stream: int) -> bool:
        """Take what *stream* holds by now; False at its end."""
        try:
            while data := os.read(stream, 65536):
                self.streams[stream] = (self.streams[stream] + data)[-_KEPT:]
        except BlockingIOError:
            return True
        return False


def _become(hook: "Hook", streams: "tuple[int, int, int]", status: int, directory: str) -> "NoReturn":
    try:
        os.setsid()  # a process group to be killed by
        for number, source in enumerate(streams):
            os.dup2(source, number)
        if directory:
            os.chdir(directory)
        path = hook["path"]
        exec_program(os.fsencode(path), hook.get("args") or [path], hook.get("env") or [], status)
    except OSError as error:
        os.write(status, (error.errno or 0).to_bytes(4, "little"))
    finally:
        os._exit(127)
