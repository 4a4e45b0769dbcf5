"""Who the container's processes are to its own lists of users, and in what world they think they live."""

import pytest

from tests.support.command import Pyker
from tests.support.images import entry, folder, make_tar, symlink
from tests.support.waiting import eventually


def last_lines(pyker: Pyker, *words: str) -> list[str]:
    """The last lines of /etc/passwd and /etc/group of a container with *words*."""
    look = "tail -n 1 /etc/passwd; tail -n 1 /etc/group"
    return pyker.lines("run", "--rm", "--network", "none", *words, "busybox", "sh", "-c", look)


def test_unknown_user_is_entered_when_asked(any_pyker: Pyker) -> None:
    user, group = last_lines(any_pyker, "-u", "4242:77", "--passwd", "-w", "/tmp")

    assert user == "4242:*:4242:77:container user:/tmp:/bin/sh"
    assert group == "77:x:77:4242"
    assert "4242" not in last_lines(any_pyker, "-u", "4242:77")[0]


def test_known_user_is_left_as_it_is(pyker: Pyker) -> None:
    assert last_lines(pyker, "--passwd", "-u", "user") == last_lines(pyker)


def test_entries_may_be_written_otherwise(pyker: Pyker) -> None:
    words = ("--passwd-entry", "me:x:$UID:$GID:$NAME:$HOME:/bin/ash", "--group-entry", "us:y:$GID:$USERLIST")

    user, group = last_lines(pyker, "-u", "4242:77", *words)

    assert user == "me:x:4242:77:container user:/:/bin/ash"
    assert group == "us:y:77:4242"


def test_user_of_the_machine_is_entered_and_can_be_used(any_pyker: Pyker) -> None:
    words = ("--hostuser", "daemon", "--hostuser", "messagebus", "--user", "messagebus")

    shown = any_pyker.out("run", "--rm", *words, "busybox", "sh", "-c", "whoami; tail -n 1 /etc/passwd")

    assert shown.startswith("messagebus\nmessagebus:*:")


def test_user_that_keeps_its_id_has_a_name(user_pyker: Pyker) -> None:
    name = user_pyker.account.name

    assert user_pyker.out("run", "--rm", "--userns", "keep-id", "busybox", "whoami") == name
    words = ("--userns", "keep-id", "--passwd=false", "busybox", "sh", "-c", "whoami 2>&1; true")
    assert name not in user_pyker.out("run", "--rm", *words)


def test_exec_knows_the_entered_user(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "-u", "4242", "--passwd", "busybox", "sleep", "1000")

    assert pyker.out("exec", "c", "whoami") == "4242"


def test_caller_s_groups_may_be_kept(pyker: Pyker) -> None:
    words = ("run", "--rm", "--group-add", "keep-groups", "busybox", "id", "-G")
    with pyker.popen(*words, before=("/usr/bin/setpriv", "--groups", "0,777,888")) as process:
        output, _ = process.communicate()

    assert output == b"0 777 888\n"
    message = 'invalid argument "keep-groups" for "--group-add" flag: must be the only --group-add'
    assert message in pyker.fails(125, "run", *words[2:4], "--group-add", "1", "busybox")


def test_machine_may_look_like_a_32_bit_one(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "--personality", "LINUX32", "busybox", "sleep", "1000")

    machine = pyker.out("exec", "c", "uname", "-m")

    assert machine == pyker.out("run", "--rm", "--personality", "linux32", "busybox", "uname", "-m")
    assert machine != pyker.out("run", "--rm", "busybox", "uname", "-m")


LOOK = "echo $container; grep -c ' /run/lock tmpfs ' /proc/mounts; touch /run/x /tmp/y && echo writable"


@pytest.mark.parametrize(
    "words", [("--systemd=always", "busybox", "sh"), ("--entrypoint", "/usr/lib/systemd/systemd", "busybox")]
)
def test_container_is_made_ready_for_systemd(any_pyker: Pyker, words: tuple[str, ...]) -> None:
    directory = any_pyker.account.make_directory(any_pyker.world / "systemd")
    (directory / "systemd").write_text('#!/bin/sh\nexec /bin/sh "$@"\n')
    (directory / "systemd").chmod(0o755)
    mount = ("-v", f"{directory}:/usr/lib/systemd")

    assert any_pyker.lines("run", "--name", "c", "--read-only", *mount, *words, "-c", LOOK) == [
        "pyker",
        "1",
        "writable",
    ]
    assert any_pyker.field("c", "{{.Config.StopSignal}}") == "SIGRTMIN+3"


def test_nothing_is_made_ready_when_told_so(pyker: Pyker) -> None:
    words = ("--systemd=false", "--entrypoint", "/sbin/init", "busybox")
    pyker("create", "--name", "c", *words)

    assert pyker.field("c", "{{.Config.StopSignal}}") == ""


def test_systemd_s_control_group_may_be_divided(pyker: Pyker) -> None:
    enter = "cd /sys/fs/cgroup; cd systemd 2>/dev/null; mkdir sub && echo $$ >sub/cgroup.procs"
    divide = f"{enter} && cat /proc/self/cgroup"

    assert "/sub" in pyker.out("run", "--rm", "--systemd=always", "busybox", "sh", "-c", divide)
    assert pyker("run", "--rm", "busybox", "sh", "-c", divide, check=False).returncode == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--systemd maybe", 'invalid argument "maybe" for "--systemd" flag: must be true, false or always'),
        ("--personality x", 'invalid argument "x" for "--personality" flag: must be LINUX or LINUX32'),
        ("--hostuser nope", 'invalid argument "nope" for "--hostuser" flag: must be the name or number'),
        ("--passwd-entry x", 'invalid argument "x" for "--passwd-entry" flag: must be a line of passwd(5)'),
        ("--group-entry x", 'invalid argument "x" for "--group-entry" flag: must be a line of group(5)'),
    ],
)
def test_wrong_value_is_told(empty_pyker: Pyker, words: str, message: str) -> None:
    assert message in empty_pyker.fails(125, "run", *words.split(), "busybox")


def systemd_root() -> bytes:
    """A root file system with nothing in it: /usr, and systemd with it, is to be the machine's."""
    folders = [folder(name) for name in ("usr", "etc", "var", "root")]
    links = [symlink(name, f"usr/{name}") for name in ("bin", "sbin", "lib", "lib64")]
    passwd = entry("etc/passwd", data=b"root:x:0:0:root:/root:/bin/sh\n")
    return make_tar(*folders, *links, passwd, entry("etc/machine-id", data=b"5" * 32 + b"\n"))


def test_systemd_boots_and_shuts_down(pyker: Pyker) -> None:
    pyker("import", "-", "thin", stdin=systemd_root())
    usr = ("-v", "/usr:/usr:ro", "--network", "none", "-t", "thin")
    pyker("run", "-d", "--name", "c", *usr, "/sbin/init", "--unit=basic.target")
    look = ("exec", "c", "systemctl", "is-active", "basic.target")

    assert eventually(lambda: pyker(*look, check=False).stdout == "active\n")
    pyker("stop", "-t", "60", "c")

    assert pyker.field("c", "{{.State.ExitCode}}") == "0"
