"""Containers with users of their own: --userns, --uidmap and their kin, for root and for users."""

import os
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually

FAR = ("--uidmap", "0:300000:2000", "--gidmap", "0:400000:2000")
MAPS = "cat /proc/self/uid_map /proc/self/gid_map"


def rows(text: str) -> list[list[int]]:
    """The rows of an id map."""
    return [[int(word) for word in line.split()] for line in text.splitlines()]


def start(pyker: Pyker, *words: str) -> None:
    """Run `c`, which sleeps."""
    pyker("run", "-d", "--name", "c", "--network", "none", *words, "busybox", "sleep", "1000")


def mode(pyker: Pyker) -> tuple[str, ...]:
    """Options that give a container users of its own, as *pyker*'s account may."""
    return FAR if pyker.account.is_root else ("--userns", "nomap")


def test_root_of_the_container_is_nobody_outside(any_pyker: Pyker) -> None:
    start(any_pyker, *mode(any_pyker))
    pid = any_pyker.field("c", "{{.State.Pid}}")

    ids = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Uid:")
    )

    assert any_pyker.out("exec", "c", "id", "-u") == "0"
    assert not {0, any_pyker.account.uid} & {int(word) for word in ids.split()[1:]}


def test_maps_are_what_was_asked_for(pyker: Pyker) -> None:
    shown = pyker.out("run", "--rm", *FAR, "busybox", "sh", "-c", MAPS)

    assert rows(shown) == [[0, 300000, 2000], [0, 400000, 2000]]
    both = pyker.out(
        "run", "--rm", "--uidmap", "0:300000:10", "--uidmap", "10:5000:5", "busybox", "sh", "-c", MAPS
    )
    assert rows(both) == [[0, 300000, 10], [10, 5000, 5]] * 2


def test_files_of_the_image_keep_their_owners(any_pyker: Pyker) -> None:
    names = ("/", "/bin/busybox", "/home/user", "/etc/passwd", "/etc/hosts", "/dev/shm", "/tmp")
    show = ("busybox", "stat", "-c", "%n %u %g %a", *names)

    plain = any_pyker.lines("run", "--rm", *show)

    assert any_pyker.lines("run", "--rm", *mode(any_pyker), *show) == plain


def test_what_the_container_writes_is_its_own(any_pyker: Pyker) -> None:
    start(any_pyker, *mode(any_pyker))
    make = "touch /new; chown 5:6 /new; rm /etc/group; mkdir /dir; chmod 4755 /bin/busybox"
    any_pyker("exec", "c", "sh", "-c", make)
    any_pyker("stop", "-t", "0", "c")
    any_pyker("start", "c")

    shown = any_pyker.lines("exec", "c", "stat", "-c", "%u %g %a", "/new", "/dir", "/bin/busybox")

    assert shown == ["5 6 644", "0 0 755", "0 0 4755"]
    assert any_pyker("exec", "c", "ls", "/etc/group", check=False).returncode == 1


def test_disk_keeps_the_container_s_ids(pyker: Pyker) -> None:
    pyker("run", "--name", "c", *FAR, "busybox", "sh", "-c", "touch /new; chown 5:6 /new")

    status = os.stat(Path(pyker.field("c", "{{.GraphDriver.Data.UpperDir}}")) / "new")

    assert (status.st_uid, status.st_gid) == (5, 6)


def test_image_of_it_has_the_container_s_ids(any_pyker: Pyker) -> None:
    change = ("busybox", "sh", "-c", "rm /etc/group; touch /new; chown 5:6 /new; chmod 700 /home")
    any_pyker("run", "--name", "c", *mode(any_pyker), *change)

    any_pyker("commit", "c", "made")

    show = ("made", "stat", "-c", "%n %u %g %a", "/new", "/home", "/etc")
    assert any_pyker.lines("run", "--rm", *show) == ["/new 5 6 644", "/home 0 0 700", "/etc 0 0 755"]


def test_streams_belong_to_the_container_s_user(any_pyker: Pyker) -> None:
    own = mode(any_pyker)
    words = ("busybox", "sh", "-c", "echo out >/dev/stdout; id -u")

    assert any_pyker.lines("run", "--rm", "-u", "1000", *own, *words) == ["out", "1000"]
    start(any_pyker, *own)
    assert any_pyker.lines("exec", "-u", "user", "c", *words[1:]) == ["out", "1000"]


def test_terminals_work(any_pyker: Pyker) -> None:
    start(any_pyker, *mode(any_pyker), "-t")

    assert any_pyker.out("exec", "-t", "-u", "1000", "c", "sh", "-c", "tty; id -u") == "/dev/pts/1\r\n1000"


def test_new_volume_is_the_container_s_root_s(any_pyker: Pyker) -> None:
    words = ("-v", "empty:/data", "-v", "full:/home", *mode(any_pyker), "busybox", "sh", "-c")

    shown = any_pyker.lines(
        "run", "--rm", *words, "touch /data/x && stat -c '%u %g' /data/x /data /home/user"
    )

    assert shown == ["0 0"] * 3


def test_resources_and_network_are_there(pyker: Pyker) -> None:
    words = (
        "--sysctl",
        "net.ipv4.ip_forward=1",
        "--ulimit",
        "nofile=70:80",
        "--oom-score-adj",
        "300",
        "--init",
    )
    look = "cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj; ulimit -n; cat /proc/1/comm"

    assert pyker.lines("run", "--rm", *FAR, *words, "busybox", "sh", "-c", look) == [
        "1",
        "300",
        "70",
        "init",
    ]


def test_host_s_namespaces_can_be_kept(any_pyker: Pyker) -> None:
    for words in (
        ("--network", "host"),
        ("--pid", "host", "--ipc", "host"),
        ("--uts", "host", "--read-only"),
    ):
        assert any_pyker.out("run", "--rm", *mode(any_pyker), *words, "busybox", "id", "-u") == "0"


def test_privileged_is_so_over_its_own_things_alone(pyker: Pyker) -> None:
    look = "mount -t tmpfs x /tmp && echo mounted; echo x >/proc/sys/kernel/core_pattern; mknod /tmp/a b 8 0"

    done = pyker("run", "--rm", "--privileged", *FAR, "busybox", "sh", "-c", look, check=False)

    assert done.stdout == "mounted\n"
    assert "core_pattern: Permission denied" in done.stderr
    assert "mknod: /tmp/a: Operation not permitted" in done.stderr


def test_user_keeps_its_own_id(user_pyker: Pyker) -> None:
    uid, gid = user_pyker.account.uid, user_pyker.account.gid
    shared = user_pyker.account.make_directory(user_pyker.world / "shared")

    words = ("-v", f"{shared}:/shared", "busybox", "sh", "-c")
    shown = user_pyker.out(
        "run", "--rm", "--userns", "keep-id", *words, "id -u; id -g; touch /shared/x; cat /bin/true"
    )

    assert shown.splitlines()[:2] == [str(uid), str(gid)]
    assert os.stat(shared / "x").st_uid == uid


@pytest.mark.parametrize(("words", "ids"), [("uid=7,gid=8", "7:8"), ("uid=100000", "100000:")])
def test_user_may_be_any_id_inside(user_pyker: Pyker, words: str, ids: str) -> None:
    shown = user_pyker.out(
        "run", "--rm", f"--userns=keep-id:{words}", "busybox", "sh", "-c", "echo $(id -u):$(id -g)"
    )

    assert shown.startswith(ids)


def test_user_is_nobody_inside_when_left_out(user_pyker: Pyker) -> None:
    shared = user_pyker.account.make_directory(user_pyker.world / "shared")
    words = ("-v", f"{shared}:/shared", "busybox", "stat", "-c", "%u", "/shared")

    assert user_pyker.out("run", "--rm", "--userns", "nomap", *words) == "65534"


def test_automatic_ids_are_nobody_else_s(user_pyker: Pyker) -> None:
    for name in ("a", "b"):
        words = ("--name", name, "--userns", "auto:size=2000,gidmapping=1999:0:1")
        user_pyker("create", *words, "busybox", "sh", "-c", MAPS)

    first, second = (rows(user_pyker.out("start", "-a", name)) for name in ("a", "b"))

    assert first == [[0, 1, 2000], [0, 1, 1999], [1999, 0, 1]]
    assert second == [[0, 2001, 2000], [0, 2001, 1999], [1999, 0, 1]]


def test_automatic_ids_are_enough_for_the_image(user_pyker: Pyker) -> None:
    shown = user_pyker.out("run", "--rm", "--userns", "auto", "-u", "2000", "busybox", "sh", "-c", MAPS)

    assert rows(shown) == [[0, 1, 2001]] * 2


def test_user_namespace_is_shared(any_pyker: Pyker) -> None:
    start(any_pyker, *mode(any_pyker))
    own = any_pyker.out("exec", "c", "readlink", "/proc/self/ns/user")

    words = ("--userns", "container:c", "--network", "container:c", "--pid", "container:c")
    shown = any_pyker.lines(
        "run", "--rm", *words, "busybox", "sh", "-c", "readlink /proc/self/ns/user; stat -c %u /bin"
    )

    assert shown == [own, "0"]
    any_pyker("create", "--name", "d", "--userns", "container:c", "busybox", "true")
    any_pyker("stop", "-t", "0", "c")
    assert "cannot join user namespace of a non running container: c" in any_pyker.fails(1, "start", "d")


def test_user_namespace_may_be_named_by_path(pyker: Pyker) -> None:
    start(pyker, *FAR)
    path = f"/proc/{pyker.field('c', '{{.State.Pid}}')}/ns/user"

    shown = pyker.out(
        "run", "--rm", "--userns", f"ns:{path}", "busybox", "sh", "-c", f"{MAPS}; stat -c %u /bin"
    )

    assert rows(shown) == [[0, 300000, 2000], [0, 400000, 2000], [0]]


def test_ranges_of_a_name_are_used(user_pyker: Pyker) -> None:
    name = user_pyker.account.name

    shown = user_pyker.out("run", "--rm", "--subuidname", name, "busybox", "sh", "-c", MAPS)

    assert rows(shown) == [[0, 1, 65536]] * 2


def test_ids_of_the_machine_may_be_named(user_pyker: Pyker) -> None:
    words = ("--uidmap", f"0:@{user_pyker.account.uid}:1", "--gidmap", "0:0:1")

    assert rows(user_pyker.out("run", "--rm", *words, "busybox", "sh", "-c", MAPS)) == [[0, 0, 1]] * 2
    assert "is not lent to this user" in user_pyker.fails(125, "run", "--uidmap", "0:@1:1", "busybox")


def test_killed_and_removed_like_any_other(any_pyker: Pyker) -> None:
    start(any_pyker, *mode(any_pyker), "--restart", "no")
    any_pyker("kill", "c")

    assert eventually(lambda: any_pyker.field("c", "{{.State.ExitCode}}") == "137")
    any_pyker("rm", "c")


MISTAKES = [
    ("--userns keep-id", "--userns=keep-id is for ordinary users"),
    ("--userns nomap", "--userns=nomap is for ordinary users"),
    ("--userns auto", 'cannot find ids for user "containers"'),
    ("--userns private", "--userns=private needs a map"),
    ("--userns host:x", 'invalid argument "host:x" for "--userns" flag: must be host, nomap, keep-id'),
    ("--userns auto:x=1", "unknown option 'x': auto takes size and uidmapping and gidmapping"),
    ("--userns keep-id:uid=x", "uid must be a number, not 'x'"),
    ("--userns container:nope", "No such container: nope"),
    ("--userns ns:/nope", "cannot join the user namespace /nope"),
    ("--userns auto --uidmap 0:1:1", "conflicting options: --userns and --uidmap"),
    ("--uidmap 0:1:1 --subuidname x", "conflicting options: --uidmap and --subuidname"),
    ("--uidmap 0:1:2 --uidmap 1:9:1", "the uid map names uid 1 twice"),
    ("--uidmap 1:1:2", "--uidmap must map id 0 of the container"),
    (
        "--uidmap 0:x:1",
        'invalid argument "0:x:1" for "--uidmap" flag: must be CONTAINER_ID:HOST_ID:COUNT',
    ),
    ("--gidmap 0:1:0", "with at least one id"),
    ("--subuidname nope", 'no subuid ranges found for user "nope" in /etc/subuid'),
    ("--uidmap 0:300000:1 -u 1000", "uid 1000 does not exist in the container"),
]


def test_ids_that_cannot_be_had_are_told(pyker: Pyker) -> None:
    for words, message in MISTAKES:
        assert message in pyker.fails(125, "run", "--rm", *words.split(), "busybox", "true")
    assert pyker.lines("ps", "-aq") == []
