"""`pyker-runtime`: a bundle is created, started, looked at, signalled and deleted, with runc's words."""

import json
import os
from pathlib import Path

import pytest

from tests.support.runtime import Runtime
from tests.support.waiting import eventually

pytestmark = pytest.mark.root

NEVER = "is not supported: containers are not saved and restored (CRIU) here"
PAUSED = "exec failed: cannot exec in a paused container (use --ignore-paused to override)"


def test_created_container_waits_for_its_start(runtime: Runtime) -> None:
    runtime.create("c", "echo", "hello")
    assert runtime.state("c")["status"] == "created"
    assert runtime.output("c") == ""

    runtime("start", "c")

    runtime.wait_for("c", "stopped")
    assert runtime.output("c") == "hello\n"


def test_created_container_holds_no_interpreter(runtime: Runtime) -> None:
    runtime.create("c", "sleep", "1000")

    pid = runtime.state("c")["pid"]
    assert os.readlink(f"/proc/{pid}/exe").startswith("/memfd:pyker-created")
    assert os.listdir(f"/proc/{pid}/fd") == ["0", "1", "2", *os.listdir(f"/proc/{pid}/fd")[3:5]]


def test_run_gives_the_exit_code_and_leaves_nothing(runtime: Runtime) -> None:
    done = runtime.try_("run", "--bundle", runtime.bundle("sh", "-c", "echo out; exit 7"), "c")

    assert (done.returncode, done.stdout) == (7, "out\n")
    assert runtime("list", "-q") == ""


def test_run_hands_its_input_on(runtime: Runtime) -> None:
    assert runtime("run", "--bundle", runtime.bundle("cat"), "c", stdin="words") == "words"


def test_run_tells_a_death_by_signal(runtime: Runtime) -> None:
    assert (
        runtime.try_(
            "run",
            "--bundle",
            runtime.bundle("sh", "-c", "sleep 9 & kill -9 $!; wait $!"),
            "c",
        ).returncode
        == 137
    )


def test_detached_run_writes_the_pid_file(runtime: Runtime) -> None:
    file = runtime.world / "pid"

    runtime("run", "-d", "--pid-file", str(file), "--bundle", runtime.bundle("sleep", "1000"), "c")

    assert int(file.read_text()) == runtime.state("c")["pid"]


def test_state_says_what_the_specification_demands(runtime: Runtime) -> None:
    runtime.create("c", "true", annotations={"a": "b"})

    state = runtime.state("c")
    assert list(state) == [
        "ociVersion",
        "id",
        "pid",
        "status",
        "bundle",
        "rootfs",
        "created",
        "annotations",
        "owner",
    ]
    assert (state["id"], state["annotations"], state["rootfs"]) == ("c", {"a": "b"}, str(runtime.root))


def test_deleted_created_container_is_gone_with_its_process(runtime: Runtime) -> None:
    runtime.create("c", "true")
    pid = runtime.state("c")["pid"]

    runtime("delete", "c")

    eventually(lambda: not Path(f"/proc/{pid}/ns/pid").exists())
    assert not (runtime.state_root / "c").exists()


def test_create_tells_that_the_program_cannot_be_executed(runtime: Runtime) -> None:
    done = runtime.try_("create", "--bundle", runtime.bundle("/etc/passwd"), "c")

    assert done.returncode == 1
    assert "permission denied" in done.stderr
    assert runtime("list", "-q") == ""


def test_start_tells_that_the_program_is_none(runtime: Runtime) -> None:
    program = runtime.world / "program"
    program.write_bytes(b"\x7fELF, or so")
    program.chmod(0o755)
    mount = {"destination": "/program", "type": "bind", "source": str(program), "options": ["bind"]}
    runtime.create("c", "/program", mounts=[mount])

    done = runtime.try_("start", "c")

    assert done.returncode == 1
    assert "exec format error" in done.stderr


@pytest.mark.parametrize(
    ("status", "words", "message"),
    [
        ("running", ("start", "c"), "cannot start an already running container"),
        ("running", ("delete", "c"), "cannot delete container c that is not stopped: running"),
        ("running", ("resume", "c"), "container not paused"),
        ("running", ("create", "c"), "pyker-runtime create failed: container with given ID already exists"),
        ("paused", ("exec", "c", "true"), PAUSED),
        ("stopped", ("start", "c"), "cannot start a container that has stopped"),
        ("stopped", ("kill", "c", "KILL"), "container not running"),
        ("stopped", ("exec", "c", "true"), "exec failed: cannot exec in a stopped container"),
        ("running", ("state", "other"), "container does not exist"),
        ("running", ("kill", "c", "FOO"), 'unknown signal "FOO"'),
        ("running", ("checkpoint", "c"), f"checkpoint {NEVER}"),
        ("stopped", ("restore", "c"), f"restore {NEVER}"),
    ],
)  # fmt: skip
def test_mistake_is_told_in_the_words_of_runc(
    runtime: Runtime, status: str, words: tuple[str, ...], message: str
) -> None:
    runtime.running("c")
    if status == "paused":
        runtime("pause", "c")
    if status == "stopped":
        runtime("kill", "c", "KILL")
        runtime.wait_for("c", "stopped")
    if words[0] == "create":
        words = (*words[:1], "--bundle", runtime.bundle("true"), *words[1:])

    done = runtime.try_(*words)

    assert done.returncode == (255 if words[0] == "exec" else 1)
    assert f"level=error msg={json.dumps(message)}" in done.stderr


def test_forced_delete_of_nothing_is_no_mistake(runtime: Runtime) -> None:
    assert runtime("delete", "--force", "nothing") == ""


def test_list_is_a_table_or_json(runtime: Runtime) -> None:
    runtime.running("c")
    state = runtime.state("c")

    head, row = runtime("list").splitlines()
    assert head.split() == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]
    assert row.split() == ["c", str(state["pid"]), "running", state["bundle"], state["created"], "root"]
    assert json.loads(runtime("list", "-f", "json")) == [state | {"owner": "root"}]


def test_ps_shows_the_processes_inside(runtime: Runtime) -> None:
    runtime.running("c", "sh", "-c", "sleep 1000 & exec sleep 2000")
    eventually(lambda: len(json.loads(runtime("ps", "-f", "json", "c"))) == 2)

    head, *rows = runtime("ps", "c").splitlines()
    assert head.split()[:3] == ["UID", "PID", "PPID"]
    assert sorted(row.split()[-1] for row in rows) == ["1000", "2000"]
    assert runtime("ps", "c", "-o", "pid,args").splitlines()[0].split() == ["PID", "COMMAND"]


def test_log_file_takes_json(runtime: Runtime) -> None:
    log = runtime.world / "log"

    done = runtime.try_("--log", str(log), "--log-format", "json", "state", "other")

    line = json.loads(log.read_text())
    assert (line["level"], line["msg"]) == ("error", "container does not exist")
    assert done.stderr == "container does not exist\n"
