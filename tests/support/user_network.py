"""A container of an ordinary user, as far as networks go: the user's half runs in a forked process."""

import json
import os
import signal
import socket
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import prctl

from pyker.base.errors import PykerError
from pyker.base.home import Home
from pyker.kernel.mounts import mount
from pyker.kernel.namespaces import NEWNET, NEWNS, NEWUSER, unshare
from pyker.model.port import PortMapping
from pyker.network import pasta, slirp4netns, usermode  # noqa: F401 - the user may not be able to read them
from pyker.network.attachment import attach, release
from tests.support.command import Account
from tests.support.networks import Namespace

NAME = "c" * 64
PATIENCE = 20.0


class UserContainer:
    """What the user's half told: the attachment's document and warnings, or the error."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.document: dict[str, Any] = told.get("document", {})
        self.warnings: list[str] = told.get("warnings", [])
        self.error: str = told.get("error", "")
        self.namespace = Namespace(told.get("pid", 0))


@contextmanager
def user_container(
    account: Account, world: Path, mode: str, *ports: PortMapping, tun: bool = True
) -> Iterator[UserContainer]:
    """A container of *account* attached in *mode*, released at the end; without *tun*, /dev/net is empty."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            _become_root_of_own_namespace(account)
            if not tun:
                mount("tmpfs", "/dev/net", "tmpfs")
            _user_side(theirs, world, mode, ports)
        except (OSError, ValueError):
            traceback.print_exc()
        finally:
            os._exit(1)
    theirs.close()
    with ours:
        ours.settimeout(PATIENCE)
        yield UserContainer(json.loads(ours.recv(1 << 16)))
        ours.send(b"done")
        assert ours.recv(16) == b"released"
    os.waitpid(child, 0)


def _user_side(line: socket.socket, world: Path, mode: str, ports: tuple[PortMapping, ...]) -> None:
    home = Home(str(world / "g"), str(world / "r"), str(world / "c"), rootless=True)
    os.makedirs(home.run, exist_ok=True)
    told: dict[str, Any] = {"pid": 0, "warnings": []}
    try:
        attachment = attach(home, NAME, mode, ports, warn=told["warnings"].append)
        told["pid"] = _container()  # it inherits what attach opened
        attachment.wire(told["pid"])
        told["document"] = attachment.document()
    except PykerError as error:
        told["error"] = error.message
    line.send(json.dumps(told).encode())
    line.recv(16)
    if told["pid"]:
        os.kill(told["pid"], signal.SIGKILL)
    release(home, NAME, None)
    line.send(b"released")


def _become_root_of_own_namespace(account: Account) -> None:
    os.setgroups([])
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
    prctl.set_dumpable(1)  # lost with the uid, and without it /proc/self belongs to root
    unshare(NEWUSER | NEWNS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {account.uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {account.gid} 1")


def _container() -> int:
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        unshare(NEWNET)
        os.write(tell, b"1")
        time.sleep(600)
        os._exit(0)
    os.read(ready, 1)
    return child
