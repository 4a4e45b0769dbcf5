"""--pid, --ipc, --uts, --cgroupns and --network: namespaces shared with the host or another container."""

import os
from pathlib import Path

import pytest

from tests.support.command import Pyker

QUICK = ("--network", "none")
WORDS = {"pid": "--pid", "uts": "--uts", "net": "--network", "ipc": "--ipc", "cgroup": "--cgroupns"}


@pytest.mark.parametrize("kind", WORDS)
def test_host_s_namespace_is_shared_when_asked_for(pyker: Pyker, kind: str) -> None:
    path = f"/proc/self/ns/{kind}"

    assert pyker.out("run", "--rm", WORDS[kind], "host", "busybox", "readlink", path) == os.readlink(path)


@pytest.mark.parametrize("kind", ["net", "ipc", "uts", "pid"])
def test_user_may_share_the_host_s_namespaces(user_pyker: Pyker, kind: str) -> None:
    path = f"/proc/self/ns/{kind}"

    assert user_pyker.out("run", "--rm", WORDS[kind], "host", "busybox", "readlink", path) == os.readlink(
        path
    )


def test_host_name_is_the_host_s_with_its_namespace(pyker: Pyker) -> None:
    assert pyker.out("run", "--rm", "--uts", "host", "busybox", "hostname") == os.uname().nodename


def test_host_s_processes_are_seen_with_its_namespace(pyker: Pyker) -> None:
    path = f"/proc/{os.getpid()}/comm"

    assert pyker.out("run", "--rm", "--pid", "host", "busybox", "cat", path) == Path(path).read_text().strip()


def test_container_on_the_host_s_processes_can_be_stopped(pyker: Pyker) -> None:
    pyker("run", "-d", "--pid", "host", "--name", "c", "busybox", "sh", "-c", "sleep 60 & wait")

    pyker("stop", "-t", "1", "c")

    assert pyker.field("c", "{{.State.Status}}") == "exited"


@pytest.mark.parametrize("kind", ["pid", "ipc", "net", "cgroup"])
def test_another_container_s_namespace_is_joined(any_pyker: Pyker, kind: str) -> None:
    any_pyker("run", "-d", "--name", "owner", "busybox", "sleep", "60")
    path = f"/proc/self/ns/{kind}"

    joined = any_pyker.out("run", "--rm", WORDS[kind], "container:owner", "busybox", "readlink", path)

    assert joined == any_pyker.out("exec", "owner", "readlink", path)


def test_joined_network_has_the_owner_s_address_and_names(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "owner", "busybox", "sleep", "60")
    address = pyker.field("owner", "{{.NetworkSettings.IPAddress}}")

    shown = pyker.out(
        "run", "--rm", "--network", "container:owner", "busybox", "sh", "-c", "ip -4 addr; cat /etc/hosts"
    )

    assert shown.count(address) >= 2


def test_joined_network_brings_the_owner_s_host_name(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "owner", "-h", "box", "busybox", "sleep", "60")
    words = ("busybox", "sh", "-c", "hostname; cat /etc/hostname")

    assert pyker.lines("run", "--rm", "--network", "container:owner", *words) == ["box", "box"]


def test_owner_keeps_its_network_when_the_guest_ends(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "owner", "busybox", "sleep", "60")

    pyker("run", "--rm", "--network", "container:owner", "busybox", "true")

    assert pyker.field("owner", "{{.NetworkSettings.IPAddress}}") in pyker.out(
        "exec", "owner", "ip", "-4", "addr"
    )


def test_container_that_does_not_run_cannot_be_joined(pyker: Pyker) -> None:
    pyker("create", "--name", "owner", "busybox")

    errors = pyker.fails(125, "run", "--rm", "--pid", "container:owner", "busybox", "true")

    assert "cannot join pid of a non running container" in errors


@pytest.mark.parametrize("option", ["--pid", "--ipc", "--network"])
def test_unknown_container_cannot_be_joined(pyker: Pyker, option: str) -> None:
    errors = pyker.fails(125, "run", "--rm", option, "container:nobody", "busybox", "true")

    assert "No such container: nobody" in errors
    assert pyker.lines("ps", "-aq") == []


@pytest.mark.parametrize("option", ["--pid", "--ipc", "--uts", "--cgroupns"])
def test_mode_that_does_not_exist_is_refused(pyker: Pyker, option: str) -> None:
    assert "invalid" in pyker.fails(125, "run", "--rm", option, "nonsense", "busybox", "true").lower()


def test_shared_memory_has_the_size_asked_for(any_pyker: Pyker) -> None:
    shown = any_pyker.lines("run", "--rm", "--shm-size", "5m", "busybox", "df", "-m", "/dev/shm")

    assert shown[-1].split()[1] == "5"


def test_joined_ipc_brings_the_shared_memory_along(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "owner", *QUICK, "busybox", "sleep", "1000")
    any_pyker("exec", "owner", "sh", "-c", "echo hello > /dev/shm/word")
    join = ("run", "--rm", *QUICK, "--ipc", "container:owner")

    read = any_pyker.out(*join, "busybox", "sh", "-c", "cat /dev/shm/word; echo back > /dev/shm/answer")

    assert read == "hello"
    assert any_pyker.out("exec", "owner", "cat", "/dev/shm/answer") == "back"
    assert any_pyker.out("run", "--rm", *QUICK, "busybox", "ls", "/dev/shm") == ""
    own = any_pyker.out(*join, "--tmpfs", "/dev/shm", "busybox", "ls", "/dev/shm")
    assert own == ""


def test_without_shared_memory_there_is_nothing_to_join(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "owner", *QUICK, "--privileged", "busybox", "sleep", "1000")
    pyker("exec", "--privileged", "owner", "sh", "-c", "umount /dev/shm; rmdir /dev/shm")

    said = pyker.fails(125, "run", "--rm", *QUICK, "--ipc", "container:owner", "busybox", "ls", "/dev/shm")

    assert "cannot reach /dev/shm of the container" in said
