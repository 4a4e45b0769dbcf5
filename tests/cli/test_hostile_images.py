"""How published escapes worked, tried on run and exec: threats.md, section 1."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.hostile import fifo, import_hostile, program
from tests.support.images import entry, folder, symlink
from tests.support.waiting import eventually

RUN = ("run", "--rm", "--network", "none")
LIBRARY = "usr/lib/python3.11"
OWNED = b"import posix\nposix.mkdir('/owned')\nposix.write(2, b'owned')\n"


@pytest.fixture
def outside(any_pyker: Pyker) -> Iterator[Path]:
    """A directory on the host, with a secret, that an image names; nothing of it may change."""
    directory = any_pyker.world / "outside"
    directory.mkdir()
    (directory / "secret").write_text("s3cret\n")
    for path in (directory, directory / "secret"):
        path.chmod(0o777)
    yield directory
    assert sorted(path.name for path in directory.iterdir()) == ["secret"]
    assert (directory / "secret").read_text() == "s3cret\n"


@pytest.mark.parametrize("words", [("/evil",), ("/link", "-c", "print('ow' + 'ned')")])
def test_interpreter_of_the_host_never_runs_a_script_of_the_image(
    any_pyker: Pyker, words: tuple[str, ...]
) -> None:
    evil = program("evil", "#!/proc/self/exe\nprint('ow' + 'ned')\n")
    image = import_hostile(any_pyker, evil, symlink("link", "/proc/self/exe"))

    done = any_pyker(*RUN, image, *words, check=False)

    assert done.returncode != 0
    assert "owned" not in done.stdout + done.stderr


def test_exec_never_runs_the_host_s_interpreter_either(any_pyker: Pyker) -> None:
    image = import_hostile(any_pyker, program("evil", "#!/proc/self/exe\nprint('ow' + 'ned')\n"))
    any_pyker("run", "-d", "--name", "c", image, "sleep", "60")

    done = any_pyker("exec", "c", "/evil", check=False)

    assert done.returncode != 0
    assert "owned" not in done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("--cap-add", "SYS_PTRACE")], ids=["usual", "tracing"])
def test_container_never_gets_hold_of_the_host_s_interpreter(
    any_pyker: Pyker, options: tuple[str, ...]
) -> None:
    loop = "while [ ! -e /stop ]; do for p in /proc/[0-9]*; do readlink $p/exe; done; done"
    any_pyker("run", "-d", "--name", "c", *options, "busybox", "sh", "-c", loop)

    for _ in range(8):
        any_pyker("exec", "c", "true")
    any_pyker("exec", "c", "touch", "/stop", check=False)  # the container may end before it does

    any_pyker("wait", "c")
    seen = set(any_pyker.lines("logs", "c"))
    assert "/bin/busybox" in seen
    assert not [path for path in seen if path.startswith("/usr/bin/python")]


def test_library_of_the_image_is_never_imported(any_pyker: Pyker) -> None:
    names = (
        "os.py",
        "encodings/__init__.py",
        "encodings/utf_8.py",
        "sitecustomize.py",
        "errno.py",
        "json/__init__.py",
    )
    image = import_hostile(any_pyker, *[entry(f"{LIBRARY}/{name}", data=OWNED) for name in names])
    any_pyker("run", "-d", "--name", "c", image, "sleep", "60")

    done = [
        any_pyker("exec", *words, check=False)
        for words in (("c", "id"), ("c", "/none"), ("-u", "ghost", "c", "id"))
    ]

    assert [one.returncode for one in done] == [0, 127, 1]
    assert not [one for one in done if "owned" in one.stdout + one.stderr]
    assert "owned" not in any_pyker.out("exec", "c", "ls", "/")


@pytest.mark.parametrize(
    "variable", ["LD_PRELOAD=/evil.so", "PYTHONHOME=/evil", "PYTHONPATH=/evil", "PATH=/evil:/bin"]
)
def test_variables_of_the_image_do_not_steer_pyker(any_pyker: Pyker, variable: str) -> None:
    evil = entry("evil/sitecustomize.py", data=OWNED)
    image = import_hostile(
        any_pyker, evil, program("evil/newuidmap", "#!/bin/sh\ntouch /owned\n"), changes=(f"ENV {variable}",)
    )

    shown = any_pyker.out(*RUN, "-u", "7", image, "/bin/ls", "/")

    assert "owned" not in shown


@pytest.mark.parametrize("name", ["passwd", "group"])
@pytest.mark.parametrize("kind", ["fifo", "huge", "directory", "loop"])
def test_odd_user_files_end_in_an_error_and_not_in_waiting(pyker: Pyker, name: str, kind: str) -> None:
    members = {
        "fifo": fifo(f"etc/{name}"),
        "huge": entry(f"etc/{name}", data=b"x:x:1:\n" * (1 << 20)),
        "directory": folder(f"etc/{name}"),
        "loop": symlink(f"etc/{name}", name),
    }
    image = import_hostile(pyker, members[kind])

    errors = pyker.fails(125, *RUN, "-u", "ghost:ghosts", image, "id")

    assert f"/etc/{name} of the image" in errors or "no matching entries" in errors


def test_exec_does_not_wait_for_a_pipe_in_place_of_passwd(any_pyker: Pyker) -> None:
    image = import_hostile(any_pyker, folder("etc"))
    any_pyker("run", "-d", "--name", "c", image, "sh", "-c", "mkfifo /etc/passwd; exec sleep 60")
    pid = any_pyker.field("c", "{{.State.Pid}}")
    eventually(lambda: Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\x0060\x00")

    assert any_pyker("exec", "-u", "ghost", "c", "id", check=False, timeout=20).returncode != 0


@pytest.mark.parametrize("field", ["", "x", "-1", "4294967296", "0x0", " 0"])
def test_user_whose_id_is_no_number_never_becomes_root(pyker: Pyker, field: str) -> None:
    image = import_hostile(pyker, entry("etc/passwd", data=f"mallory:x:{field}:0::/:/bin/sh\n".encode()))

    pyker.fails(125, *RUN, "-u", "mallory", image, "id")


@pytest.mark.parametrize("name", ["proc", "sys", "dev", "etc", "tmp", "run"])
def test_directory_of_the_image_that_is_a_link_leads_nowhere(
    any_pyker: Pyker, outside: Path, name: str
) -> None:
    up = "/".join([".."] * 12)
    image = import_hostile(any_pyker, symlink(name, f"{up}{outside}"))

    done = any_pyker(
        *RUN, "-v", "/tmp", "--tmpfs", "/run", image, "sh", "-c", f"echo x > /{name}/file", check=False
    )

    assert done.returncode in (0, 1, 2, 125)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_file_in_place_of_a_directory_is_an_error(any_pyker: Pyker, name: str) -> None:
    image = import_hostile(any_pyker, entry(name, data=b"file"))

    assert f"/{name}" in any_pyker.fails(125, *RUN, image, "true")


@pytest.mark.parametrize("name", ["proc", "sys"])
def test_proc_and_sys_that_are_links_are_refused(any_pyker: Pyker, name: str) -> None:
    image = import_hostile(any_pyker, folder("elsewhere"), symlink(name, "elsewhere"))

    assert f"/{name}" in any_pyker.fails(125, *RUN, image, "true")


@pytest.mark.parametrize(
    "option", ["--tmpfs=/proc", "--tmpfs=/proc/sys", "-v=vol:/proc/self", "-v=vol:/sys/../proc"]
)
def test_proc_cannot_be_covered(pyker: Pyker, option: str) -> None:
    pyker.fails(125, *RUN, option, "busybox", "true")


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7, 8, 9, 10])
def test_working_directory_never_lies_outside(any_pyker: Pyker, number: int) -> None:
    path = f"/proc/self/fd/{number}"
    image = import_hostile(any_pyker, folder("var"), changes=(f"WORKDIR {path}",))
    script = "pwd; ls ../../../../../../../var/tmp"

    done = any_pyker(*RUN, image, "sh", "-c", script, check=False)

    assert any_pyker.world.parent.name not in done.stdout
    assert done.returncode == 125 or not done.stdout.startswith("/proc/self/fd")


def test_working_directory_of_exec_never_lies_outside(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")

    for number in range(3, 14):
        words = ("-w", f"/proc/self/fd/{number}", "c", "sh", "-c", "ls ../../../../../../../var/tmp")
        assert any_pyker.world.parent.name not in any_pyker("exec", *words, check=False).stdout


@pytest.mark.parametrize("file", ["resolv.conf", "hosts", "hostname"])
@pytest.mark.parametrize("up", ["", "../../../../../../../../.."], ids=["absolute", "relative"])
def test_generated_file_that_is_a_link_leads_nowhere(
    any_pyker: Pyker, outside: Path, file: str, up: str
) -> None:
    image = import_hostile(any_pyker, folder("etc"), symlink(f"etc/{file}", f"{up}{outside}/secret"))

    shown = any_pyker(
        *RUN, image, "sh", "-c", f"cat /etc/{file}; echo overwritten > /etc/{file}", check=False
    )

    assert "s3cret" not in shown.stdout


@pytest.mark.parametrize("up", ["", "../../../../../../../../.."], ids=["absolute", "relative"])
def test_target_of_a_volume_that_is_a_link_leads_nowhere(any_pyker: Pyker, outside: Path, up: str) -> None:
    image = import_hostile(any_pyker, symlink("data", f"{up}{outside}"))

    any_pyker(
        *RUN,
        "-v",
        "vol:/data",
        "-v",
        f"{outside}/secret:/data/deep/file:ro",
        image,
        "sh",
        "-c",
        "echo mine > /data/x",
    )

    assert (any_pyker.root / "volumes/vol/_data/x").read_text() == "mine\n"


def test_links_are_copied_into_a_volume_as_links(any_pyker: Pyker, outside: Path) -> None:
    image = import_hostile(
        any_pyker,
        folder("data"),
        symlink("data/link", f"{outside}/secret"),
        symlink("data/up", "../../../.."),
    )

    any_pyker(*RUN, "-v", "vol:/data", image, "true")

    data = any_pyker.root / "volumes/vol/_data"
    assert (data / "link").is_symlink()
    assert (data / "up").is_symlink()


def test_working_directory_is_made_through_no_link_to_the_outside(any_pyker: Pyker, outside: Path) -> None:
    image = import_hostile(any_pyker, symlink("srv", f"../../../../../..{outside}"))

    assert any_pyker(*RUN, "-w", "/srv/made/here", image, "pwd", check=False).returncode in (0, 125)


def test_command_through_a_link_to_the_outside_is_not_the_host_s(any_pyker: Pyker) -> None:
    image = import_hostile(any_pyker, symlink("sh", "../../../../../../usr/bin/python3"))

    assert any_pyker(*RUN, image, "/sh", "-c", "print(1)", check=False).returncode == 127


def test_labels_and_name_of_the_image_are_words_only(pyker: Pyker) -> None:
    label = "LABEL run='touch /owned' com.docker.hook=/bin/sh io.podman.annotations.privileged=TRUE"
    image = import_hostile(pyker, changes=(label,))

    pyker("run", "--name", "c", image, "true")

    assert pyker.field("c", "{{.HostConfig.Privileged}}") == "false"


def test_supervisor_s_socket_is_out_of_reach(pyker: Pyker) -> None:
    identity = pyker.out("run", "-d", "busybox", "sleep", "60")
    socket = pyker.runroot / "containers" / identity / "attach"

    assert socket.is_socket()
    assert pyker.out("exec", identity, "cat", "/proc/net/unix").count("@") == 0
    assert socket.stat().st_mode & 0o077 == 0


def test_log_of_a_container_is_not_followed_through_a_link(pyker: Pyker) -> None:
    secret = pyker.world / "target"
    secret.write_text("")
    identity = pyker.out("create", "--name", "c", "busybox", "echo", "text")
    (pyker.root / "containers" / identity / "ctr.log").symlink_to(secret)

    pyker("start", "-a", "c")

    assert secret.read_text() == ""


def test_setuid_program_of_a_store_cannot_be_reached_by_other_users(pyker: Pyker) -> None:
    pyker("run", "--name", "c", "busybox", "sh", "-c", "cp /bin/busybox /su; chmod 4755 /su")
    program = Path(pyker.field("c", "{{.GraphDriver.Data.UpperDir}}"), "su")
    pyker.world.chmod(0o755)

    with pytest.raises(PermissionError):
        subprocess.run([str(program), "id"], user=65534, group=65534, extra_groups=[], check=False)
    assert program.stat().st_mode & 0o4000
