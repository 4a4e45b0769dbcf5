"""Containers that depend on others, take their place, or belong to a unit of systemd."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually

DATAGRAM = (socket.AF_UNIX, socket.SOCK_DGRAM)


@contextmanager
def open_directory(path: Path) -> Iterator[str]:
    """A short name for *path*: the name of a socket may have 107 bytes."""
    descriptor = os.open(path, os.O_PATH)
    yield f"/proc/self/fd/{descriptor}"
    os.close(descriptor)


@pytest.fixture
def listener(any_pyker: Pyker) -> Iterator[socket.socket]:
    """What systemd would listen on."""
    with socket.socket(*DATAGRAM) as end:
        end.bind(f"{any_pyker.world}/notify")
        (any_pyker.world / "notify").chmod(0o666)
        end.settimeout(20)
        yield end


def run_in_unit(pyker: Pyker, *words: str) -> None:
    done = pyker("run", "-d", "--name", "c", *words, env={"NOTIFY_SOCKET": f"{pyker.world}/notify"})
    assert done.returncode == 0


def test_replace_takes_the_place_of_a_running_container(any_pyker: Pyker) -> None:
    first = any_pyker.out("run", "-d", "--name", "c", "--replace", "busybox", "sleep", "1000")

    second = any_pyker.out("run", "-d", "--name", "c", "--replace", "busybox", "sleep", "1000")

    assert first != second
    assert any_pyker.lines("ps", "-aq", "--no-trunc") == [second]
    assert any_pyker.out("create", "--name", "c", "--replace", "busybox") not in (first, second)


def test_replace_leaves_the_old_one_when_there_is_no_image(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "busybox", "sleep", "1000")

    pyker.fails(125, "run", "--pull", "never", "--name", "c", "--replace", "nosuch")

    assert pyker.field("c", "{{.State.Status}}") == "running"
    assert "without --name" in pyker.fails(125, "run", "--replace", "busybox")


def test_required_containers_are_started_before(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "disk", "busybox", "sleep", "1000")
    any_pyker("create", "--name", "base", "--requires", "disk", "busybox", "sleep", "1000")

    any_pyker("run", "-d", "--name", "web", "--requires", "base", "busybox", "sleep", "1000")

    assert sorted(any_pyker.lines("ps", "--format", "{{.Names}}")) == ["base", "disk", "web"]
    any_pyker("stop", "-t", "0", "web", "base", "disk")
    any_pyker("start", "web")
    assert any_pyker.field("disk", "{{.State.Status}}") == "running"


def test_required_container_is_not_removed_by_the_way(pyker: Pyker) -> None:
    pyker("create", "--name", "base", "busybox")
    pyker("create", "--name", "web", "--requires", "base", "busybox")

    errors = pyker.fails(1, "rm", "base")

    assert "has dependent containers which must be removed before it: web" in errors
    assert pyker.lines("rm", "web", "base") == ["web", "base"]
    assert "No such container: base" in pyker.fails(1, "create", "--requires", "base", "busybox")


def test_container_tells_systemd_itself_and_no_more_than_it_may(
    any_pyker: Pyker, listener: socket.socket
) -> None:
    script = "echo $NOTIFY_SOCKET; test -S $NOTIFY_SOCKET && echo there; sleep 1000"
    run_in_unit(any_pyker, "busybox", "sh", "-c", script)

    assert listener.recv(1000).startswith(b"MAINPID=")
    eventually(lambda: any_pyker.lines("logs", "c") == ["/run/notify/notify.sock", "there"])
    (directory,) = (any_pyker.runroot / "containers").iterdir()
    with open_directory(directory / "notify") as near, socket.socket(*DATAGRAM) as container:
        container.sendto(b"MAINPID=1\nREADY=1\nFDSTORE=1\nSTATUS=fine", f"{near}/notify.sock")

    assert listener.recv(1000) == b"READY=1\nSTATUS=fine"


def test_pyker_tells_systemd_when_asked_to(any_pyker: Pyker, listener: socket.socket) -> None:
    run_in_unit(any_pyker, "--sdnotify", "conmon", "busybox", "sh", "-c", "echo ${NOTIFY_SOCKET-none}")

    first, second = listener.recv(1000).split(b"\n")

    assert (first[:8], second) == (b"MAINPID=", b"READY=1")
    assert any_pyker.out("wait", "c") == "0"
    assert any_pyker.out("logs", "c") == "none"


def test_systemd_hears_of_a_healthy_container(any_pyker: Pyker, listener: socket.socket) -> None:
    check = ("--health-cmd", "test -e /ok", "--health-interval", "100ms")
    run_in_unit(any_pyker, "--sdnotify", "healthy", *check, "busybox", "sleep", "1000")
    assert b"READY" not in listener.recv(1000)

    any_pyker("exec", "c", "touch", "/ok")

    assert listener.recv(1000) == b"READY=1"


def test_systemd_hears_nothing_when_it_is_to_be_ignored(any_pyker: Pyker, listener: socket.socket) -> None:
    run_in_unit(any_pyker, "--sdnotify", "ignore", "busybox", "true")
    any_pyker("wait", "c")

    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(1000)


def test_wrong_notify_mode_is_refused(empty_pyker: Pyker) -> None:
    assert "container, conmon, healthy, ignore" in empty_pyker.fails(
        125, "create", "--sdnotify", "loud", "busybox"
    )
    assert "needs a health check" in empty_pyker.fails(125, "create", "--sdnotify", "healthy", "busybox")
