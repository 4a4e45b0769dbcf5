"""The loop of the parent that stays: output to log and clients, input to the container, its end.

One poll(2) over everything. Nothing here blocks, with one intended exception: a client that came
with the container (`run`, `start -a`) and does not take its output holds the output back for as
long as it likes, like the reader of a pipe, and as Docker does. A client that attached later may
do so for PATIENCE seconds without taking a byte and is then dropped, so that a forgotten terminal
cannot stop a service. No client can hold back the exit record.

While nothing happens the process parks (pyker.kernel.stub) and is woken by the first event.
"""

import os
import select
import time

from pyker.base import jsonfile
from pyker.kernel import sockets, stub, terminal
from pyker.supervisor import attach, parking
from pyker.supervisor.attach import Client, FrameError
from pyker.supervisor.duty import NEVER, Duties
from pyker.supervisor.logs import open_log
from pyker.supervisor.outputs import open_outputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable

    from pyker.supervisor.duty import Duty
    from pyker.supervisor.job import Job
else:
    import _signal

READ = 1 << 18
BACKLOG = 1 << 18  # bytes that may wait for a client before the output is held back
INPUT = 1 << 16  # bytes of stdin that may wait for the container
PATIENCE = 60.0  # seconds a later client may stall the output
DRAIN = 1 << 22  # bytes read at most from each pipe after the end; more than it can hold
FAREWELL = 10.0  # seconds for a later client to take the rest after the end

_NAMES = {attach.STDOUT: "stdout", attach.STDERR: "stderr"}
_ENDINGS = (
    _signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGUSR2,
)  # fmt: skip
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


def supervise(
    job: "Job",
    clients: "list[int]",
    wake: "tuple[str, ...]",
    finish: "Callable[[int, bool], None]",
    duties: "tuple[Duty, ...]" = (),
) -> None:
    """Look after *job* until its process ends; then call *finish* with its exit code and tell the clients.

    *finish* also hears whether this process was asked to end meanwhile, by SIGTERM.

    *clients* are connected already: no output is read before each has said HELLO (or left). *wake* and
    the number of a descriptor for *resume* are executed when the parked process is woken; empty: never park.
    *duties* are done meanwhile. Every signal is held back; *finish* runs with none blocked, but the usual
    ones go unheard.
    """
    supervisor = Supervisor(job, clients, wake, Duties(duties))
    stub.block_signals()
    code = supervisor.run()
    supervisor.drain()
    leaving = _signal.SIGTERM in _signal.sigpending()
    _stop_hearing_signals()
    try:
        finish(code, leaving)
    finally:
        stub.block_signals()
        supervisor.farewell(code)


def _stop_hearing_signals() -> None:
    """Unblock all, behind handlers that do nothing: a shutdown must not cut the exit record short.

    No program executed from here inherits them, as it would a mask or SIG_IGN.
    """
    for number in (*_signal.sigpending(), *_ENDINGS):
        _signal.signal(number, _ignore)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def _ignore(_number: int, _frame: object) -> None:
    """A signal that must not end the supervisor."""


class Supervisor:
    """The state of the loop."""

    def __init__(self, job: "Job", clients: "list[int]", wake: "tuple[str, ...]", duties: Duties) -> None:
        self.job = job
        self.wake = wake if job.may_park and stub.supported() else ()
        self.duties = duties
        self.child = os.pidfd_open(job.pid)
        self.outputs = open_outputs(job)
        self.stdin = job.stdin if job.master < 0 else job.master
        self.pending = bytearray()
        self.input_ends = False
        self.clients = {fd: Client(fd, first=True) for fd in clients}
        self.log = open_log(job.log_driver, job.log_path, job.log_options, job.held)
        self.poll = select.poll()
        self.watched: "dict[int, int]" = {}
        self.last = time.monotonic()
        for descriptor in self.clients:
            sockets.widen(descriptor)

    def run(self) -> int:
        """Serve until the child has ended; its exit code, 128+n for signal n."""
        while True:
            events = self._wait()
            now = time.monotonic()
            own = self.duties.act(events, now)
            if len(events) > own:
                self.last = now
            self._serve(events, now)
            orphans = not self.job.may_park or own
            if (orphans or self.child in events) and (code := self._reap()) is not None:
                return code
            if not events and self._is_quiet(now):
                self._park(now)

    def _wait(self) -> "dict[int, int]":
        self._watch()
        return dict(self.poll.poll(self._timeout()))

    def _timeout(self) -> "int | None":
        """Milliseconds until something is due without an event; None: for ever."""
        left = self.duties.due() - time.monotonic()
        if not self.job.may_park or any(client.waiting for client in self.clients.values()):
            left = min(left, 1.0)
        if self.wake and not self.clients and self.duties.may_sleep():
            left = min(left, max(0.0, self.last + self.job.quiet - time.monotonic()))
        return None if left == NEVER else max(0, int(left * 1000) + 1)

    def _serve(self, events: "dict[int, int]", now: float) -> None:
        for descriptor, event in events.items():
            if descriptor in self.outputs:
                self._read_output(descriptor, now)
            elif descriptor in self.clients:
                self._serve_client(self.clients[descriptor], event, now)
            elif descriptor == self.job.listening:
                self._accept(now)
        self._drop_clients(now)
        if self.pending or self.input_ends:
            self._feed()

    def _watch(self) -> None:
        """Tell poll what matters now."""
        wanted = {self.child: select.POLLIN}
        wanted.update(dict.fromkeys(self.duties.watched(), select.POLLIN))
        if self.job.listening >= 0:
            wanted[self.job.listening] = select.POLLIN
        listening = 0 if len(self.pending) > INPUT else select.POLLIN
        for descriptor, client in self.clients.items():
            wanted[descriptor] = listening | (select.POLLOUT if client.waiting else 0)
        if not self._held_back():
            wanted.update(dict.fromkeys(self.outputs, select.POLLIN))
        if self.pending and self.stdin >= 0:
            wanted[self.stdin] = wanted.get(self.stdin, 0) | select.POLLOUT
        if wanted != self.watched:
            self._register(wanted)

    def _register(self, wanted: "dict[int, int]") -> None:
        for descriptor in self.watched.keys() - wanted.keys():
            self.poll.unregister(descriptor)
        for descriptor, mask in wanted.items():
            self.poll.register(descriptor, mask)
        self.watched = wanted

    def _held_back(self) -> bool:
        """Whether a client has so much to take, or has yet to say what it wants, that output must wait."""
        return any(not client.greeted or len(client.waiting) > BACKLOG for client in self.clients.values())

    def _read_output(self, descriptor: int, now: float) -> int:
        """Pass one chunk on; how many bytes it had, 0 when there is none now."""
        try:
            data = os.read(descriptor, READ)
        except BlockingIOError:
            return 0
        except OSError:  # EIO: the last slave of the pty is closed
            data = b""
        if not data:
            self._close_output(descriptor)
            return 0
        kind = self.outputs[descriptor]
        self.log.write(_NAMES[kind], data)
        for client in self.clients.values():
            if kind in client.wants:
                client.send(kind, data, now)
        return len(data)

    def _close_output(self, descriptor: int) -> None:
        self.log.end(_NAMES[self.outputs.pop(descriptor)])
        self._forget(descriptor)
        if descriptor != self.job.master:
            os.close(descriptor)

    def _forget(self, descriptor: int) -> None:
        if self.watched.pop(descriptor, None) is not None:
            self.poll.unregister(descriptor)

    def _accept(self, now: float) -> None:
        try:
            descriptor = sockets.accept(self.job.listening)
        except OSError:
            return
        if sockets.peer(descriptor)[1] not in (0, os.geteuid()):
            os.close(descriptor)
            return
        client = Client(descriptor, first=False)
        client.greeted = True  # wants nothing until it says so, and holds nothing back
        client.progress = now
        self.clients[descriptor] = client

    def _serve_client(self, client: Client, event: int, now: float) -> None:
        if event & select.POLLOUT:
            client.flush(now)
        if event & (select.POLLIN | _GONE):
            try:
                for kind, payload in client.receive():
                    self._obey(client, kind, payload)
            except FrameError:
                client.gone = True

    def _obey(self, client: Client, kind: int, payload: bytes) -> None:
        if kind == attach.STDIN and client.feeds and not self.input_ends:
            self.pending += payload
        elif kind == attach.STDIN_CLOSED:
            self._end_input(client)
        elif kind == attach.DETACHED:
            client.feeds = False
            client.gone = client.detached = True
        elif kind == attach.HELLO:
            client.greet(payload)
        elif kind == attach.RESIZE:
            self._resize(payload)

    def _end_input(self, client: Client) -> None:
        if client.feeds and self.job.stdin_once and self.job.master < 0:
            self.input_ends = True
        client.feeds = False

    def _resize(self, payload: bytes) -> None:
        size = attach.payload_document(payload)
        rows, columns = size.get("rows"), size.get("cols")
        if self.job.master >= 0 and isinstance(rows, int) and isinstance(columns, int):
            terminal.set_window_size(self.job.master, rows, columns)

    def _feed(self) -> None:
        """Give the container its input, as far as it takes it now."""
        if self.stdin < 0:
            self.pending.clear()
            return
        try:
            while self.pending:
                del self.pending[: os.write(self.stdin, self.pending[:INPUT])]
        except BlockingIOError:
            return
        except OSError:  # EPIPE: nobody reads it any more
            self.pending.clear()
            self.input_ends = self.stdin != self.job.master
        if self.input_ends and self.stdin != self.job.master:
            self._forget(self.stdin)
            os.close(self.stdin)
            self.stdin = -1

    def _drop_clients(self, now: float) -> None:
        for descriptor, client in tuple(self.clients.items()):
            stalled = len(client.waiting) > BACKLOG and now - client.progress > PATIENCE
            if client.gone or (stalled and not client.first):
                self._end_input(client)
                self._forget(descriptor)
                del self.clients[descriptor]
                os.close(descriptor)
                if client.first and not client.detached:
                    self.duties.abandoned()

    def _reap(self) -> "int | None":
        """Wait for every child that has ended; the exit code when the container's is among them."""
        code = None
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return code
            if pid == 0:
                return code
            ended = os.waitstatus_to_exitcode(status)
            ended = ended if ended >= 0 else 128 - ended
            self.duties.ended(pid, ended)
            code = ended if pid == self.job.pid else code

    def _is_quiet(self, now: float) -> bool:
        idle = not self.clients and not self.pending and not self.input_ends and self.duties.may_sleep()
        return bool(self.wake) and idle and now - self.last >= self.job.quiet

    def _park(self, now: float) -> None:
        """Leave this program until something happens; where that fails, never try again."""
        open_streams = dict.fromkeys(("stdout", "stderr"), -1)
        open_streams |= {_NAMES[kind]: fd for fd, kind in self.outputs.items() if fd != self.job.master}
        job = self.job.replace(
            quiet=parking.patience(self.job, self.last),
            parked=now,
            held=self.log.held(),
            stdin=self.stdin if self.job.master < 0 else -1,
            **open_streams,
        )
        parking.park(job, (self.child, job.listening, *self.outputs), self.wake, self.duties.due() - now)
        self.wake = ()

    def drain(self) -> None:
        """Pass on what is left in the pipes; not for ever when others hold them open and go on writing."""
        self._await_greetings()
        now = time.monotonic()
        for descriptor in tuple(self.outputs):
            left = DRAIN
            while left > 0 and (count := self._read_output(descriptor, now)):
                left -= count
        for descriptor in tuple(self.outputs):
            self._close_output(descriptor)
        self._close_rest()

    def _await_greetings(self) -> None:
        """A container may end before its client has said HELLO: what it wrote waits for the client."""
        end = time.monotonic() + FAREWELL
        while time.monotonic() < end:
            late = [fd for fd, client in self.clients.items() if not client.greeted]
            if not late:
                return
            self._register(dict.fromkeys(late, select.POLLIN))
            now = time.monotonic()
            for descriptor, event in self.poll.poll(1000):
                self._serve_client(self.clients[descriptor], event, now)
            self._drop_clients(now)

    def _close_rest(self) -> None:
        self.duties.close()
        self.input_ends = True
        if self.job.socket:
            try:
                os.unlink(self.job.socket)
            except OSError:
                pass  # the clean-up of the run root removes it
        for descriptor in (self.stdin, self.job.listening, self.child):
            if descriptor >= 0:
                self._forget(descriptor)
                os.close(descriptor)
        self.stdin = -1
        self.job = self.job.replace(listening=-1)

    def farewell(self, code: int) -> None:
        """Tell every client the exit code, and stay until those that came first have taken everything."""
        self.log.close()  # what makes `logs -f` look, which must find the end recorded
        end = time.monotonic() + FAREWELL
        for client in self.clients.values():
            client.send(attach.EXIT, jsonfile.dumps({"code": code}).encode(), time.monotonic())
        while any(client.waiting and not client.gone for client in self.clients.values()):
            now = time.monotonic()
            self._watch_farewell()
            for descriptor, event in self.poll.poll(1000):
                self._part(self.clients[descriptor], event, now)
            if now > end:
                self._drop_late()
        for descriptor in self.clients:
            os.close(descriptor)

    def _watch_farewell(self) -> None:
        waiting = [fd for fd, client in self.clients.items() if client.waiting and not client.gone]
        self._register(dict.fromkeys(waiting, select.POLLOUT))

    def _part(self, client: Client, event: int, now: float) -> None:
        if event & select.POLLOUT:
            client.flush(now)
        if event & _GONE:
            client.gone = True

    def _drop_late(self) -> None:
        for client in self.clients.values():
            client.gone = client.gone or not client.first
