"""What the process of a container finds: user, environment, directory, command, first process."""

import os

import pytest

from tests.support.command import Pyker
from tests.support.images import entry, make_tar
from tests.support.waiting import eventually

IDS = "echo $(id -u):$(id -g):$(id -G)"


@pytest.mark.parametrize(
    ("who", "ids"),
    [
        ("", "0:0:0"),
        ("user", "1000:1000:26 1000"),
        ("1000", "1000:1000:26 1000"),
        ("1", "1:1:1"),
        ("4242", "4242:0:0"),
        ("4242:99", "4242:99:99"),
        ("user:daemon", "1000:1:1"),
        ("root:26", "0:26:26"),
    ],
)
def test_user_is_looked_up_in_the_image(any_pyker: Pyker, who: str, ids: str) -> None:
    options = ["-u", who] if who else []

    shown = any_pyker.out("run", "--rm", *options, "busybox", "sh", "-c", IDS)

    uid, gid, groups = shown.split(":")
    assert f"{uid}:{gid}:{' '.join(sorted(groups.split(), key=int))}" == ids


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("ghost", "unable to find user ghost: no matching entries in passwd file"),
        ("user:ghosts", "unable to find group ghosts: no matching entries in group file"),
        ("4294967296", "uids and gids must be in range 0-2147483647"),
        ("-1", "uids and gids must be in range 0-2147483647"),
        ("\x1b[2J", "unable to find user '\\x1b[2J'"),
    ],
)
def test_unknown_user_is_code_125_and_leaves_nothing(pyker: Pyker, who: str, message: str) -> None:
    assert message in pyker.fails(125, "run", "--rm", f"--user={who}", "busybox", "true")
    assert pyker.lines("ps", "-aq") == []


def test_added_groups_come_beside_the_user_s(pyker: Pyker) -> None:
    words = ("--group-add", "daemon", "--group-add", "777")

    assert pyker.out("run", "--rm", "-u", "user", *words, "busybox", "id", "-G") == "1000 1 26 777"


def test_user_s_home_and_host_name_are_variables(any_pyker: Pyker) -> None:
    variables = any_pyker.lines("run", "--rm", "-h", "box", "-u", "user", "busybox", "env")

    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert sorted(variables) == ["HOME=/home/user", "HOSTNAME=box", f"PATH={path}"]


def test_variables_come_from_words_files_and_the_caller(pyker: Pyker) -> None:
    (pyker.world / "env").write_text('# a comment\nFILE="quoted"\nBOTH=file\n\nFROM_HERE\n')
    words = ["--env-file", str(pyker.world / "env")]
    words += [word for value in ("BOTH=word", "E=a=b", "MINE", "NONE") for word in ("-e", value)]

    done = pyker("run", "--rm", *words, "busybox", "env", env={"MINE": "1", "FROM_HERE": "2"})

    assert {'FILE="quoted"', "BOTH=word", "E=a=b", "MINE=1", "FROM_HERE=2"} <= set(done.stdout.splitlines())
    assert "NONE" not in done.stdout


def test_nothing_else_of_the_caller_s_environment_gets_in(any_pyker: Pyker) -> None:
    done = any_pyker("run", "--rm", "busybox", "env", env={"SECRET": "s3", "http_proxy": "http://p/"})

    names = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert names == {"HOME", "HOSTNAME", "PATH"}


def test_working_directory_is_made_when_it_is_missing(any_pyker: Pyker) -> None:
    assert any_pyker.out("run", "--rm", "-w", "/not/yet/there", "busybox", "pwd") == "/not/yet/there"


def test_working_directory_must_be_absolute(pyker: Pyker) -> None:
    assert "absolute path" in pyker.fails(125, "run", "--rm", "-w", "here", "busybox", "pwd")


def test_working_directory_that_is_a_file_is_an_error(pyker: Pyker) -> None:
    errors = pyker.fails(125, "run", "--rm", "-w", "/etc/passwd", "busybox", "pwd")

    assert "/etc/passwd" in errors
    assert "not a directory" in errors.lower()


def test_host_name_is_the_short_id_or_as_asked(any_pyker: Pyker) -> None:
    identity = any_pyker.out("run", "-d", "--name", "c", "busybox", "hostname")

    any_pyker("wait", "c")
    assert any_pyker.out("logs", "c") == identity[:12]
    assert any_pyker.out("run", "--rm", "-h", "box", "busybox", "hostname") == "box"


def test_domain_name_is_part_of_the_full_name(pyker: Pyker) -> None:
    words = ("-h", "a", "--domainname", "b.c")

    assert pyker.out("run", "--rm", *words, "busybox", "cat", "/proc/sys/kernel/domainname") == "b.c"


def test_entrypoint_of_the_image_takes_the_words_as_arguments(pyker: Pyker) -> None:
    changes = ("--change", 'ENTRYPOINT ["echo", "e"]', "--change", 'CMD ["c"]')
    pyker("import", *changes, "-", "entry", stdin=_rootfs(pyker))

    assert pyker.out("run", "--rm", "entry") == "e c"
    assert pyker.out("run", "--rm", "entry", "word") == "e word"
    assert pyker.out("run", "--rm", "--entrypoint", "hostname", "-h", "x", "entry") == "x"
    assert pyker.out("run", "--rm", "--entrypoint", "", "entry", "echo", "bare") == "bare"
    assert "No command specified" in pyker.fails(125, "run", "--rm", "--entrypoint", "", "entry")


def _rootfs(pyker: Pyker) -> bytes:
    return (pyker.world.parent / "rootfs.tar").read_bytes()


def test_image_s_user_directory_and_variables_are_the_defaults(pyker: Pyker) -> None:
    changes = [f"--change={text}" for text in ("USER user", "WORKDIR /tmp", "ENV A=1", "LABEL l=image")]
    pyker("import", *changes, "-", "set", stdin=_rootfs(pyker))

    command = ("set", "sh", "-c", "id -u; pwd; echo $A")

    assert pyker.lines("run", "--rm", *command) == ["1000", "/tmp", "1"]
    assert pyker.lines("run", "--rm", "-u", "0", "-w", "/", "-e", "A=2", *command) == ["0", "/", "2"]


def test_labels_are_kept(pyker: Pyker) -> None:
    pyker("create", "--name", "c", "-l", "a=b=c", "-l", "empty", "busybox")

    assert pyker.field("c", "{{json .Config.Labels}}") == '{"a":"b=c","empty":""}'


def test_image_without_a_shell_or_any_file_says_what_is_missing(any_pyker: Pyker) -> None:
    any_pyker("import", "-", "void", stdin=make_tar(entry("readme", data=b"nothing")))

    assert "not found" in any_pyker.fails(127, "run", "--rm", "void", "sh")
    assert "No command specified" in any_pyker.fails(125, "run", "--rm", "void")


def test_init_is_the_first_process_and_the_command_its_child(any_pyker: Pyker) -> None:
    shown = any_pyker.lines("run", "--rm", "--init", "busybox", "ps", "-o", "pid,args")

    assert shown[1].split()[0] == "1"
    assert "init" in shown[1]
    assert shown[2].split() == ["2", "ps", "-o", "pid,args"] or "ps -o pid,args" in shown[2]


def test_init_reaps_orphans(any_pyker: Pyker) -> None:
    script = "sh -c 'sleep 0.1 & exec true' ; sleep 0.5; ps -o stat,args"

    states = any_pyker.lines("run", "--rm", "--init", "busybox", "sh", "-c", script)[1:]

    assert len(states) >= 2
    assert not [state for state in states if state.startswith("Z")]


def test_init_passes_signals_and_exit_codes_on(any_pyker: Pyker) -> None:
    script = "trap 'exit 8' TERM; echo up; while :; do sleep 0.05; done"
    any_pyker("run", "-d", "--init", "--name", "c", "busybox", "sh", "-c", script)
    eventually(lambda: any_pyker.out("logs", "c") == "up")

    any_pyker("stop", "c")

    assert any_pyker.field("c", "{{.State.ExitCode}} {{.HostConfig.Init}}") == "8 true"


def test_command_without_a_handler_ends_at_once_under_init(pyker: Pyker) -> None:
    pyker("run", "-d", "--init", "--name", "c", "busybox", "sleep", "100")

    pyker("stop", "-t", "30", "c", timeout=15)

    assert pyker.field("c", "{{.State.ExitCode}}") == "143"


def test_first_process_has_process_id_1(any_pyker: Pyker) -> None:
    assert any_pyker.out("run", "--rm", "busybox", "sh", "-c", "echo $$") == "1"


def test_ulimits_are_set(pyker: Pyker) -> None:
    words = ("--ulimit", "nofile=100:200", "--ulimit", "core=0")

    shown = pyker.out("run", "--rm", *words, "busybox", "sh", "-c", "ulimit -n; ulimit -Hn; ulimit -c")

    assert shown.split() == ["100", "200", "0"]


def test_ulimit_may_not_be_raised_inside(pyker: Pyker) -> None:
    script = "ulimit -n 300 2>/dev/null || echo refused"

    assert pyker.out("run", "--rm", "--ulimit", "nofile=100:200", "busybox", "sh", "-c", script) == "refused"


def test_umask_of_the_caller_changes_nothing(pyker: Pyker) -> None:
    script = "umask; stat -c %a / /etc/hosts /etc/resolv.conf"
    former = os.umask(0o077)
    try:
        shown = pyker.out("run", "--rm", "busybox", "sh", "-c", script)
    finally:
        os.umask(former)

    assert shown.split() == ["0022", "755", "644", "644"]
