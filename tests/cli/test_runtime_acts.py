"""`pyker-runtime`: limits, figures, terminals, ordinary users, and deaths at the wrong moment."""

import array
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from pyker.kernel.terminal import window_size
from tests.support.runtime import Runtime

pytestmark = pytest.mark.root


def test_paused_container_goes_on_when_resumed(runtime: Runtime) -> None:
    runtime.running("c")

    runtime("pause", "c")
    assert runtime.state("c")["status"] == "paused"
    runtime("resume", "c")

    assert runtime.state("c")["status"] == "running"


def test_update_changes_limits_and_events_tell_them(runtime: Runtime) -> None:
    runtime.running("c")

    runtime("update", "--pids-limit", "33", "c")
    runtime("update", "--resources", "-", "c", stdin='{"memory": {"limit": 67108864}, "cpu": null}')

    figures = json.loads(runtime("events", "--stats", "c"))
    assert (figures["type"], figures["id"]) == ("stats", "c")
    assert figures["data"]["pids"]["limit"] == 33
    assert figures["data"]["memory"]["usage"]["limit"] == 67108864


def test_exec_takes_a_process_from_a_file(runtime: Runtime) -> None:
    runtime.running("c")
    file = runtime.world / "process.json"
    file.write_text(
        json.dumps({"args": ["sh", "-c", "pwd; id -u; exit 3"], "cwd": "/tmp", "user": {"uid": 7}})
    )

    done = runtime.try_("exec", "--process", str(file), "c")

    assert (done.returncode, done.stdout) == (3, "/tmp\n7\n")


def test_console_socket_gets_the_terminal(runtime: Runtime) -> None:
    path = str(runtime.world / "console")
    process = {"terminal": True, "args": ["tty"], "consoleSize": {"height": 10, "width": 20}}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        runtime("create", "--bundle", runtime.bundle(process=process), "--console-socket", path, "c")
        with listening.accept()[0] as end:
            _, ancillary, _, _ = end.recvmsg(64, socket.CMSG_SPACE(4))

    master = array.array("i", ancillary[0][2])[0]
    assert window_size(master) == (10, 20)
    runtime("start", "c")
    assert os.read(master, 100) == b"/dev/pts/0\r\n"
    os.close(master)


def test_preserved_descriptor_is_there_inside(runtime: Runtime) -> None:
    given = runtime.world / "given"
    bundle = runtime.bundle("sh", "-c", "echo inside >&3")
    argv = runtime.argv("run", "--preserve-fds", "1", "--bundle", bundle, "c")
    # A shell's descriptor 3: that of the tests' own process is taken.
    subprocess.run(["sh", "-c", 'exec 3>"$0" "$@"', str(given), *argv], check=True, timeout=60)

    assert given.read_text() == "inside\n"


def test_exec_that_cannot_tell_its_pid_leaves_no_process(runtime: Runtime) -> None:
    runtime.running("c")

    done = runtime.try_("exec", "-d", "--pid-file", "/nonexistent/pid", "c", "sleep", "2000")

    assert (done.returncode, "open /nonexistent/pid: no such file" in done.stderr) == (255, True)
    assert len(json.loads(runtime("ps", "-f", "json", "c"))) == 1


def test_group_counts_what_engines_show(runtime: Runtime) -> None:
    runtime.running("c")

    text = Path(f"/proc/{runtime.state('c')['pid']}/cgroup").read_text()

    groups = {name: path for _, names, path in (line.split(":", 2) for line in text.splitlines())
              for name in names.split(",")}  # fmt: skip
    if "memory" in groups:
        assert {groups[name] for name in ("memory", "cpu", "cpuacct", "blkio", "pids")} == {groups["memory"]}
    else:
        controllers = Path(f"/sys/fs/cgroup{groups['']}/cgroup.controllers").read_text().split()
        assert {"memory", "cpu", "io", "pids"} <= {*controllers}


@pytest.mark.parametrize("after", [0.05, 0.1, 0.15, 0.2])
def test_killed_create_leaves_what_delete_removes(runtime: Runtime, after: float) -> None:
    bundle = runtime.bundle("sleep", "1000")
    null = subprocess.DEVNULL
    command = subprocess.Popen(runtime.argv("create", "--bundle", bundle, "c"), stdin=null, stdout=null)
    try:
        command.wait(after)
    except subprocess.TimeoutExpired:
        command.kill()
        command.wait()

    runtime("delete", "--force", "c")

    assert not (runtime.state_root / "c").exists()
