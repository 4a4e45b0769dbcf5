"""create, run, start, kill, delete, pause, resume."""

import os

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.runtime.state import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given
    from pyker.runtime.create import Order


def do_create(place: "Place", given: "Given") -> int:
    """Make the container; its program waits for `start`."""
    from pyker.runtime.create import create

    create(place.root, order(place, given, detached=True), warner(place))
    return 0


def do_run(place: "Place", given: "Given") -> int:
    """Make the container and run it; its exit code, or 0 when detached."""
    from pyker.runtime.create import create

    detached = given.flag("detach")
    if detached:
        create(place.root, order(place, given, detached=True), warner(place), held=False)
        return 0
    from pyker.runtime.foreground import Watch, attend
    from pyker.runtime.operate import delete

    watch = Watch()
    subreaper = not given.flag("no-subreaper")
    wanted = order(place, given, detached=False, subreaper=subreaper)
    state, launched = create(place.root, wanted, warner(place), held=False)
    code = attend(launched.pid, launched.master, watch)
    if not given.flag("keep"):
        delete(place.root, state.id, force=True, warn=place.log.warn)
    return code


def order(place: "Place", given: "Given", *, detached: bool, subreaper: bool = True) -> "Order":
    """What the options say about a container to be made."""
    from pyker.runtime.create import Order

    if place.systemd:
        _require_systemd()
    bundle = os.path.abspath(given.text("bundle") or ".")
    if not os.path.isdir(bundle):
        raise InvalidError(f"chdir {bundle}: no such file or directory")
    return Order(
        given.words[0],
        bundle,
        not given.flag("no-pivot"),
        not given.flag("no-new-keyring"),
        preserved(given),
        given.text("pid-file"),
        detached,
        console(given.text("console-socket")),
        subreaper,
        place.systemd,
    )


def _require_systemd() -> None:
    from pyker.cgroup.hierarchy import detect

    if detect().manager != "systemd":
        raise UnsupportedError(
            "systemd cgroup flag passed, but systemd support for managing cgroups is not available"
        )


def preserved(given: "Given") -> "tuple[int, ...]":
    """The descriptors to hand on: those of $LISTEN_FDS and of --preserve-fds, from 3 up; all must be open."""
    listening = os.environ.get("LISTEN_FDS", "")
    count = given.number("preserve-fds") + (int(listening) if listening.isdecimal() else 0)
    for descriptor in range(3, 3 + count):
        try:
            os.fstat(descriptor)
        except OSError:
            raise InvalidError(f"file descriptor {descriptor} is not open: see --preserve-fds") from None
    return tuple(range(3, 3 + count))


def console(path: str) -> "Callable[[int], None] | None":
    """What sends a terminal's master to the socket at *path*."""
    if not path:
        return None

    def send(master: int) -> None:
        import _socket

        from pyker.runtime.message import send_descriptor

        end = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        try:
            end.connect(path)
            send_descriptor(end, b"/dev/ptmx", master)
        finally:
            end.close()

    return send


def warner(place: "Place") -> "Callable[[str], None]":
    """What takes warnings: the log, or nothing where a user is not to be told of control groups."""
    return (lambda _: None) if place.rootless else place.log.warn


def do_start(place: "Place", given: "Given") -> int:
    """Let a created container's program begin."""
    from pyker.runtime.operate import start

    start(find(place.root, given.words[0]))
    return 0


def do_kill(place: "Place", given: "Given") -> int:
    """Send a signal."""
    from pyker.runtime.operate import kill

    state = find(place.root, given.words[0])
    word = given.words[1] if len(given.words) > 1 else "SIGTERM"
    kill(state, _signal(word), everyone=given.flag("all"))
    return 0


def _signal(word: str) -> int:
    from pyker.engine.signals import signal_number

    try:
        return 0 if word == "0" else signal_number(word)
    except InvalidError:
        raise InvalidError(f'unknown signal "{word}"') from None


def do_delete(place: "Place", given: "Given") -> int:
    """Remove a container and what belongs to it."""
    from pyker.runtime.operate import delete

    delete(place.root, given.words[0], force=given.flag("force"), warn=place.log.warn)
    return 0


def do_pause(place: "Place", given: "Given") -> int:
    """Freeze a container."""
    from pyker.runtime.operate import pause

    pause(find(place.root, given.words[0]))
    return 0


def do_resume(place: "Place", given: "Given") -> int:
    """Let a paused container go on."""
    from pyker.runtime.operate import resume

    resume(find(place.root, given.words[0]))
    return 0
