"""Staying in front of a process until it ends: its signals, its terminal, its exit status."""

import errno
import os
import select

from pyker.base.jsonfile import write_all
from pyker.kernel.terminal import is_terminal, make_raw, restore, set_window_size, window_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal

_CHUNK = 65536
_OWN = (_signal.SIGCHLD, _signal.SIGWINCH, _signal.SIGURG, _signal.SIGPIPE)  # not handed on


class Watch:
    """Signals of this process as bytes on a descriptor, from its making on: none is lost before *attend*."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        _signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in _signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP}:
            if number < 32:
                _signal.signal(number, lambda *_: None)


def attend(pid: int, master: int, watch: Watch) -> int:
    """Be in front of child *pid* until it ends: its exit code, or 128 and the signal that killed it.

    *master* is its terminal, -1 without one.
    """
    former = make_raw(0) if master >= 0 and is_terminal(0) else None
    try:
        return _Front(pid, master, watch).stay()
    finally:
        if former:
            restore(0, former)


class _Front:
    """The loop's state: what is still read, and from where."""

    def __init__(self, pid: int, master: int, watch: Watch) -> None:
        self.pid = pid
        self.master = master
        self.watch = watch
        self.poll = select.poll()
        self.poll.register(watch.reader, select.POLLIN)
        if master >= 0:
            self.poll.register(master, select.POLLIN)
            self.poll.register(0, select.POLLIN)
            self._resize()

    def stay(self) -> int:
        """Pump and pass on until the process is reaped, then what its terminal still holds."""
        status = self._reap()
        while status is None:
            ready = [descriptor for descriptor, _ in self.poll.poll()]
            if self.master in ready:
                self._show()
            if 0 in ready:
                self._type()
            if self.watch.reader in ready:
                self._signals()
                status = self._reap()
        while self.master >= 0 and self._waiting():
            self._show()
        return os.WTERMSIG(status) + 128 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def _reap(self) -> "int | None":
        """The status of our process; orphans that fell to us are reaped beside."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 0
            if pid == self.pid:
                return status
            if pid == 0:
                return None

    def _waiting(self) -> bool:
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll(0))

    def _show(self) -> None:
        try:
            data = os.read(self.master, _CHUNK)
        except OSError as error:
            if error.errno != errno.EIO:  # the last process has closed the terminal
                raise
            data = b""
        if data:
            write_all(1, data)
        else:
            self.poll.unregister(self.master)
            self.master = -1

    def _type(self) -> None:
        data = os.read(0, _CHUNK)
        if data and self.master >= 0:
            write_all(self.master, data)
        else:
            self.poll.unregister(0)

    def _signals(self) -> None:
        for number in os.read(self.watch.reader, _CHUNK):
            if number == _signal.SIGWINCH and self.master >= 0:
                self._resize()
            elif number not in _OWN:
                try:
                    os.kill(self.pid, number)
                except ProcessLookupError:
                    return

    def _resize(self) -> None:
        try:
            set_window_size(self.master, *window_size(0))
        except OSError:
            return  # our input is no terminal
