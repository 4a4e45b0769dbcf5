"""The client in the foreground: a terminal or pipes on one side, the supervisor's socket on the other."""

import os
import select

from pyker.base.errors import InvalidError, PykerError
from pyker.base.home import Home
from pyker.kernel import sockets, terminal
from pyker.supervisor import attach
from pyker.supervisor.attach import Frames, frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
    from typing import Any
else:
    import _signal

READ = 1 << 16
DETACH_KEYS = "ctrl-p,ctrl-q"
BROKEN_PIPE = 141  # 128 + SIGPIPE: what `yes | head` gives

_CONTROLS = "@abcdefghijklmnopqrstuvwxyz[\\]^_"
_PROXIED = (
    _signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGUSR1, _signal.SIGUSR2,
    _signal.SIGALRM, _signal.SIGTERM, _signal.SIGCONT,
)  # fmt: skip
_DEADLY = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM)


def connect(home: Home, container_id: str) -> int:
    """The attach socket of a running container, for *attach_client*; PykerError without a supervisor."""
    try:
        return sockets.connect(home.running("containers", container_id, "attach"))
    except (FileNotFoundError, ConnectionRefusedError):
        raise _lost() from None


def parse_keys(text: str) -> bytes:
    """The bytes of `--detach-keys`: characters or ctrl-CHARACTER, joined by commas; else InvalidError."""
    keys = bytearray()
    for key in text.split(",") if text else ():
        if len(key) == 1 and key.isascii():
            keys += key.encode()
        elif key.lower().startswith("ctrl-") and len(key) == 6 and key[5].lower() in _CONTROLS:
            keys.append(_CONTROLS.index(key[5].lower()))
        else:
            raise InvalidError(
                f"invalid detach keys ({text}) provided", hint="write them as a,b or ctrl-p,ctrl-q"
            )
    return bytes(keys)


class KeyFilter:
    """Looks for the detach keys in what is typed; holds a begun sequence back."""

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._begun = 0

    def feed(self, data: bytes) -> "tuple[bytes, bool]":
        """(what to pass on, whether the whole sequence was typed)."""
        if not self._keys:
            return data, False
        out = bytearray()
        for byte in data:
            if self._begun and byte != self._keys[self._begun]:
                out += self._keys[: self._begun]
                self._begun = 0
            if byte != self._keys[self._begun]:
                out.append(byte)
                continue
            self._begun += 1
            if self._begun == len(self._keys):
                return bytes(out), True
        return bytes(out), False


def attach_client(  # noqa: PLR0913 - what a client may wish for
    connection: int,
    *,
    stdin: bool,
    tty: bool,
    detach_keys: str = DETACH_KEYS,
    kill: "Callable[[int], None] | None" = None,
    streams: "tuple[str, ...]" = ("stdout", "stderr"),
    begin: "Callable[[], None] | None" = None,
) -> "int | None":
    """Be the container's terminal, or its pipes, until it ends (its exit code) or the user detaches (None).

    With *kill* (and without *tty*) signals are passed on through it; without, they end this process,
    the terminal restored first, and the container lives on. When nobody reads our output any more,
    the answer is BROKEN_PIPE. *begin* is called once the supervisor has heard of us. *connection* is closed.
    Raises PykerError when the supervisor is lost.
    """
    client = _Foreground(connection, stdin=stdin, tty=tty, keys=parse_keys(detach_keys or DETACH_KEYS))
    wishes = {"stdin": stdin, "stdout": "stdout" in streams, "stderr": "stderr" in streams}
    client.say(frame(attach.HELLO, wishes))
    client.enter(None if tty else kill)
    try:
        if begin is not None:
            sockets.await_read(connection)
            begin()
        return client.run()
    finally:
        client.leave()


class _Foreground:
    """The state of the client: one poll loop, nothing in it waits but the writing of output."""

    def __init__(self, connection: int, *, stdin: bool, tty: bool, keys: bytes) -> None:
        os.set_blocking(connection, False)
        self.connection = connection
        self.reads = stdin
        self.tty = tty
        self.filter = KeyFilter(keys if tty else b"")
        self.frames = Frames()
        self.outgoing = bytearray()
        self.former: "list[Any] | None" = None
        self.handlers: "dict[int, Any]" = {}
        self.resized, self._resized_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.done = False
        self.code: "int | None" = None

    def enter(self, kill: "Callable[[int], None] | None") -> None:
        """Take over signals and the terminal."""
        if kill is not None:
            self._handle(_PROXIED, _Proxy(kill))
        else:
            self._handle(_DEADLY, self._die)
        if self.tty:
            self._handle((_signal.SIGWINCH,), _note)
            _signal.set_wakeup_fd(self._resized_end, warn_on_full_buffer=False)
            self._tell_size()
        if self.tty and self.reads and terminal.is_terminal(0):
            self._handle((_signal.SIGTTOU,), _signal.SIG_IGN)  # else a background tcsetattr(3) would stop us
            self.former = terminal.make_raw(0)

    def _handle(self, signals: "tuple[int, ...]", handler: "Any") -> None:
        for number in signals:
            if _signal.getsignal(number) != _signal.SIG_IGN:  # nohup stays nohup
                self.handlers[number] = _signal.signal(number, handler)

    def leave(self) -> None:
        """Give everything back."""
        self._restore()
        if self.tty:
            _signal.set_wakeup_fd(-1)
        for number, handler in self.handlers.items():
            _signal.signal(number, handler if handler is not None else _signal.SIG_DFL)
        for descriptor in (self.connection, self.resized, self._resized_end):
            os.close(descriptor)

    def _restore(self) -> None:
        if self.former is not None:
            try:
                terminal.restore(0, self.former)
            except OSError:  # the terminal is gone: nothing to restore
                pass
            self.former = None

    def _die(self, number: int, _: object) -> None:
        """End by signal *number*, as without a handler, but leave the terminal as it was."""
        self._restore()
        _signal.signal(number, _signal.SIG_DFL)
        _signal.raise_signal(number)

    def say(self, data: bytes) -> None:
        """Queue whole frames and send what can be sent now."""
        self.outgoing += data
        try:
            del self.outgoing[: os.write(self.connection, self.outgoing)]
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return  # sent later; a lost connection is noticed when reading

    def run(self) -> "int | None":
        """Until EXIT, detaching or a broken pipe."""
        while not self.done:
            self._step(dict(self._poll().poll()))
        return self.code

    def _poll(self) -> "select.poll":
        poll = select.poll()
        poll.register(self.connection, select.POLLIN | (select.POLLOUT if self.outgoing else 0))
        poll.register(self.resized, select.POLLIN)
        if self.reads and len(self.outgoing) < READ:
            poll.register(0, select.POLLIN)
        return poll

    def _step(self, events: "dict[int, int]") -> None:
        if self.resized in events:
            os.read(self.resized, READ)
            self._tell_size()
        if 0 in events and not self.done:
            self._read_input()
        connection = events.get(self.connection, 0)
        if connection & select.POLLOUT:
            self.say(b"")
        if connection & ~select.POLLOUT and not self.done:
            self._read_frames()

    def _tell_size(self) -> None:
        for descriptor in (1, 0, 2):
            if terminal.is_terminal(descriptor):
                rows, columns = terminal.window_size(descriptor)
                if rows or columns:
                    self.say(frame(attach.RESIZE, {"rows": rows, "cols": columns}))
                return

    def _read_input(self) -> None:
        try:
            data = os.read(0, READ)
        except BlockingIOError:
            return
        except OSError:  # closed, or a terminal that hung up
            data = b""
        if not data:
            self.reads = False
            self.say(frame(attach.STDIN_CLOSED))
            return
        typed, detached = self.filter.feed(data)
        if typed:
            self.say(frame(attach.STDIN, typed))
        if detached:
            self.say(frame(attach.DETACHED))
            self.done = True

    def _read_frames(self) -> None:
        try:
            data = os.read(self.connection, attach.READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise _lost()
        for kind, payload in self.frames.feed(data):
            self._obey(kind, payload)

    def _obey(self, kind: int, payload: bytes) -> None:
        if kind == attach.EXIT:
            self.code = int(attach.payload_document(payload).get("code", 0))
            self.done = True
        elif kind in (attach.STDOUT, attach.STDERR) and not self.done:
            try:
                _write(kind, payload)
            except OSError:  # EPIPE, or EIO from a terminal that is gone
                self.code = BROKEN_PIPE
                self.done = True


class _Proxy:
    """A signal handler that passes the signal on at once, also in the middle of a long write."""

    def __init__(self, kill: "Callable[[int], None]") -> None:
        self._kill = kill

    def __call__(self, number: int, _: object) -> None:
        try:
            self._kill(number)
        except (OSError, PykerError):
            return  # it has just ended, which the supervisor will say


def _note(_number: int, _frame: object) -> None:
    """The wake-up descriptor tells the loop."""


def _write(descriptor: int, data: bytes) -> None:
    """Write all of *data*, waiting when the descriptor was made non-blocking by somebody else."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll()


def _lost() -> PykerError:
    return PykerError(
        "the container's supervisor is gone, its output cannot be followed",
        hint="the container may still run: see 'pyker ps', then stop or restart it",
    )
