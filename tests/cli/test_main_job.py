"""From an image to a running container, isolated, limited, logged and stoppable: root and any user."""

import json
import time
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.terminal import Terminal
from tests.support.waiting import eventually

SLEEP = ("sleep", "1000")


def start(pyker: Pyker, name: str, *options: str) -> None:
    """A container called *name* that only sleeps."""
    pyker("run", "-d", "--name", name, *options, "busybox", *SLEEP)


def test_container_sees_only_its_own_processes(any_pyker: Pyker) -> None:
    shown = any_pyker.out("run", "--rm", "busybox", "sh", "-c", "echo $$; ls /proc | grep -c '^[0-9]'")

    assert shown.split()[0] == "1"
    assert int(shown.split()[1]) <= 4


def test_container_has_namespaces_of_its_own(any_pyker: Pyker) -> None:
    kinds = ("mnt", "pid", "uts", "ipc", "net", "cgroup") + (() if any_pyker.account.is_root else ("user",))

    script = f"for kind in {' '.join(kinds)}; do readlink /proc/self/ns/$kind; done"

    shown = any_pyker.lines("run", "--rm", "busybox", "sh", "-c", script)

    ours = [str(Path("/proc/self/ns", kind).readlink()) for kind in kinds]
    assert len(shown) == len(kinds)
    assert not set(shown) & set(ours)


def test_hostname_is_the_short_id_or_as_asked(any_pyker: Pyker) -> None:
    start(any_pyker, "web")

    assert any_pyker.out("exec", "web", "hostname") == any_pyker.out("ps", "-q")
    assert any_pyker.out("run", "--rm", "-h", "demo", "busybox", "hostname") == "demo"


def test_two_containers_of_one_image_do_not_see_each_other_s_files(any_pyker: Pyker) -> None:
    start(any_pyker, "one")
    any_pyker("exec", "one", "touch", "/only-here")

    assert "only-here" not in any_pyker.out("run", "--rm", "busybox", "ls", "/")


def test_output_and_exit_code_are_the_program_s(any_pyker: Pyker) -> None:
    done = any_pyker("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7", check=False)

    assert (done.returncode, done.stdout) == (7, "out\n")
    assert done.stderr.splitlines()[-1] == "err"


@pytest.mark.parametrize(
    ("code", "program"),
    [
        pytest.param(127, "no-such-program", id="not found"),
        pytest.param(126, "/etc", id="not executable"),
    ],
)
def test_exit_code_tells_why_a_command_did_not_start(any_pyker: Pyker, code: int, program: str) -> None:
    any_pyker.fails(code, "run", "--rm", "busybox", program)

    assert any_pyker.out("ps", "-aq") == ""


def test_killed_program_is_128_and_the_signal(any_pyker: Pyker) -> None:
    process = any_pyker.popen("run", "--name", "web", "busybox", *SLEEP)
    eventually(lambda: any_pyker.out("ps", "--format", "{{.Names}}") == "web")

    any_pyker("kill", "web")

    assert process.wait(30) == 137
    process.communicate()


def test_stdin_reaches_the_program(any_pyker: Pyker) -> None:
    assert any_pyker.out("run", "--rm", "-i", "busybox", "cat", stdin="hello\n") == "hello"


def test_detached_container_is_listed_logged_and_stopped(any_pyker: Pyker) -> None:
    identity = any_pyker.out(
        "run", "-d", "--name", "web", "busybox", "sh", "-c", "echo started; exec sleep 1000"
    )

    assert len(identity) == 64
    assert any_pyker.out("ps", "--format", "{{.Names}} {{.State}}") == "web running"
    assert any_pyker.out("logs", "web") == "started"
    assert any_pyker.out("stop", "-t", "1", "web") == "web"
    assert any_pyker.out("ps", "-a", "--format", "{{.State}}") == "exited"
    assert any_pyker.field("web", "{{.State.ExitCode}}") == "137"
    assert any_pyker.out("rm", "web") == "web"
    assert any_pyker.out("ps", "-aq") == ""


def test_stopped_container_starts_again_with_its_files(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "web", "busybox", "sh", "-c", "echo line >> /file; wc -l < /file")

    assert any_pyker.out("start", "-a", "web") == "2"


def test_wait_prints_the_exit_code(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "web", "busybox", "sh", "-c", "sleep 0.3; exit 3")

    assert any_pyker.out("wait", "web") == "3"


def test_logs_follow_until_the_end(any_pyker: Pyker) -> None:
    any_pyker(
        "run", "-d", "--name", "web", "busybox", "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done"
    )

    assert any_pyker.lines("logs", "-f", "web") == ["1", "2", "3"]


def test_environment_and_directory_and_user_are_as_asked(any_pyker: Pyker) -> None:
    words = (
        "-e",
        "WORD=here",
        "-w",
        "/tmp",
        "-u",
        "user",
        "busybox",
        "sh",
        "-c",
        'echo "$WORD $(pwd) $(id -u)"',
    )

    assert any_pyker.out("run", "--rm", *words) == "here /tmp 1000"


def test_caller_s_environment_stays_outside(any_pyker: Pyker) -> None:
    shown = any_pyker("run", "--rm", "busybox", "env", env={"SECRET": "x", "http_proxy": "y"}).stdout

    assert {line.partition("=")[0] for line in shown.split()} <= {
        "PATH",
        "HOSTNAME",
        "HOME",
        "SHLVL",
        "PWD",
        "container",
    }


def test_terminal_is_one_for_the_program(any_pyker: Pyker) -> None:
    with Terminal(any_pyker, "run", "--rm", "-it", "busybox", rows=30, columns=90) as terminal:
        terminal.expect("/ #")
        terminal.send("stty size; tty\r")
        terminal.expect("30 90")
        terminal.expect("/dev/pts/0")
        terminal.send("exit 5\r")

        assert terminal.end() == 5


def test_bind_mount_and_named_volume_share_files(any_pyker: Pyker) -> None:
    shared = any_pyker.account.make_directory(any_pyker.world / "shared")
    any_pyker(
        "run",
        "--rm",
        "-v",
        f"{shared}:/in",
        "-v",
        "data:/data",
        "busybox",
        "sh",
        "-c",
        "date > /in/a; date > /data/b",
    )

    assert (shared / "a").exists()
    assert any_pyker.out("run", "--rm", "-v", "data:/data:ro", "busybox", "ls", "/data") == "b"
    any_pyker.fails(1, "run", "--rm", "-v", "data:/data:ro", "busybox", "touch", "/data/c")


def test_read_only_root_and_tmpfs(any_pyker: Pyker) -> None:
    script = "touch /a 2>/dev/null || echo refused; touch /t/b && ls /t"

    shown = any_pyker.out("run", "--rm", "--read-only", "--tmpfs", "/t", "busybox", "sh", "-c", script)

    assert shown.split() == ["refused", "b"]


def test_init_reaps_orphans(any_pyker: Pyker) -> None:
    start(any_pyker, "web", "--init")
    any_pyker("exec", "web", "sh", "-c", "(sleep 0.1 &) ; true")

    states = ("exec", "web", "sh", "-c", "grep -h State /proc/[0-9]*/status; ps -o args")

    eventually(lambda: "sleep 0.1" not in any_pyker.out(*states))

    assert "Z (zombie)" not in any_pyker.out(*states)


def test_container_reaches_the_address_of_its_gateway_only_with_a_network(any_pyker: Pyker) -> None:
    shown = any_pyker.out("run", "--rm", "--network", "none", "busybox", "ls", "/sys/class/net")

    assert shown == "lo"
    assert "eth0" in any_pyker.out("run", "--rm", "busybox", "ls", "/sys/class/net")


@pytest.mark.net
def test_published_port_answers_on_the_host(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "web", "-p", "127.0.0.1::80", "busybox", "httpd", "-f", "-h", "/etc")
    ports = json.loads(any_pyker.field("web", "{{json .NetworkSettings.Ports}}"))
    port = ports["80/tcp"][0]["HostPort"]

    answer = fetch(f"http://127.0.0.1:{port}/os-release")

    assert "pyker-demo" in answer


def fetch(url: str) -> str:
    """The body at *url*, which may take a moment to answer."""
    import urllib.error
    import urllib.request

    for _ in range(50):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_plan_is_an_oci_runtime_config(any_pyker: Pyker) -> None:
    start(any_pyker, "web")
    identity = any_pyker.field("web", "{{.Id}}")

    spec = json.loads((any_pyker.root / "containers" / identity / "spec.json").read_text())

    assert spec["ociVersion"].startswith("1.")
    assert spec["process"]["args"] == list(SLEEP)
    assert {"type": "pid"} in spec["linux"]["namespaces"]


def test_killed_command_leaves_the_container_alone(any_pyker: Pyker) -> None:
    process = any_pyker.popen("run", "--name", "web", "busybox", *SLEEP)
    eventually(lambda: any_pyker.out("ps", "--format", "{{.Names}}") == "web")
    process.kill()
    process.communicate()

    assert any_pyker.out("exec", "web", "echo", "alive") == "alive"


def test_name_can_be_had_once(any_pyker: Pyker) -> None:
    start(any_pyker, "web")

    complaint = any_pyker.fails(125, "run", "--name", "web", "busybox", "true")

    assert "is already in use" in complaint


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("exec no-such-container true", id="exec"),
        pytest.param("stop no-such-container", id="stop"),
        pytest.param("start no-such-container", id="start"),
        pytest.param("logs no-such-container", id="logs"),
        pytest.param("rm no-such-container", id="rm"),
        pytest.param("inspect no-such-container", id="inspect"),
        pytest.param("wait no-such-container", id="wait"),
        pytest.param("kill no-such-container", id="kill"),
    ],
)
def test_unknown_container_is_named_in_the_error(pyker: Pyker, words: str) -> None:
    complaint = pyker.fails(1, *words.split())

    assert "no-such-container" in complaint
    assert complaint.startswith("Error: ")
