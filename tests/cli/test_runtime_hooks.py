"""The six kinds of hooks: where each runs, what it is told, and what becomes of one that fails or hangs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.runtime import Runtime
from tests.support.waiting import eventually

pytestmark = pytest.mark.root
HOST = ("prestart", "createRuntime", "createContainer", "poststart", "poststop")


def shell(script: str, **more: Any) -> dict[str, Any]:
    return {"path": "/bin/sh", "args": ["sh", "-c", script], **more}


def run(runtime: Runtime, hooks: dict[str, Any], *args: str) -> Any:
    return runtime.try_("run", "--bundle", runtime.bundle(*(args or ("echo", "hello")), hooks=hooks), "c")


def test_hooks_run_in_order_and_are_told_the_state(runtime: Runtime) -> None:
    told = runtime.world / "told"
    hooks = {kind: [shell(f"echo {kind} >> {told}; cat >> {told}; echo >> {told}")] for kind in HOST}

    done = run(runtime, hooks)

    lines = told.read_text().splitlines()
    assert done.stdout == "hello\n"
    assert lines[::2] == list(HOST)
    states = [json.loads(line) for line in lines[1::2]]
    assert [state["status"] for state in states] == ["creating", "creating", "creating", "running", "stopped"]
    assert {state["id"] for state in states} == {"c"}
    assert [state.get("pid") for state in states[2::2]] == [1, None]


def test_start_container_hook_waits_for_the_start_and_runs_inside(runtime: Runtime) -> None:
    hook = shell("echo hook $PWD.; cat; exit 1")
    runtime.create("c", "echo", "hello", hooks={"startContainer": [hook]})
    assert runtime.state("c")["status"] == "created"

    done = runtime.try_("start", "c")

    assert "stdout: hook /." in done.stderr
    assert '"status": "created", "pid": 1' in done.stderr.replace("\\", "")
    assert runtime.output("c") == ""


def test_program_follows_the_start_container_hook(runtime: Runtime) -> None:
    runtime.create("c", "echo", "hello", hooks={"startContainer": [shell("cat > /dev/null")]})

    runtime("start", "c")

    eventually(lambda: runtime.output("c") == "hello\n")


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer", "startContainer"])
def test_failing_hook_is_reported_with_its_output(runtime: Runtime, kind: str) -> None:
    done = run(runtime, {kind: [shell("true"), shell("echo out; echo err >&2; exit 3")]})

    assert done.returncode == 1
    assert done.stdout == ""
    words = f"error running {kind} hook #1: exit status 3, stdout: out"
    assert words in done.stderr
    assert "stderr: err" in done.stderr
    assert runtime("list", "-q") == ""


def test_failing_start_container_hook_fails_the_start(runtime: Runtime) -> None:
    runtime.create("c", "echo", "hello", hooks={"startContainer": [shell("echo no >&2; exit 1")]})

    done = runtime.try_("start", "c")

    assert done.returncode == 1
    assert "error running startContainer hook #0: exit status 1" in done.stderr
    runtime.wait_for("c", "stopped")


def test_failing_poststart_hook_ends_the_container(runtime: Runtime) -> None:
    runtime.create("c", "sleep", "1000", hooks={"poststart": [shell("exit 4")]})

    done = runtime.try_("start", "c")

    assert "error running poststart hook #0: exit status 4" in done.stderr
    eventually(lambda: runtime.state("c")["status"] == "stopped")


def test_failing_poststop_hook_is_warned_of_and_the_next_one_runs(runtime: Runtime) -> None:
    seen = runtime.world / "seen"

    done = run(runtime, {"poststop": [shell("exit 5"), shell(f"touch {seen}")]})

    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert "error running poststop hook #0: exit status 5" in done.stderr
    assert seen.exists()


def test_hook_past_its_timeout_is_killed_with_its_children(runtime: Runtime) -> None:
    pids = runtime.world / "pids"
    hook = shell(f"sleep 1000 & echo $! > {pids}; echo began; wait", timeout=1)

    done = run(runtime, {"createRuntime": [hook]})

    assert "createRuntime hook #0: it ran past its timeout of 1 s, stdout: began" in done.stderr
    eventually(lambda: not Path(f"/proc/{int(pids.read_text())}").exists())


def test_hook_that_leaves_a_process_with_its_pipes_is_not_waited_for(runtime: Runtime) -> None:
    pid = runtime.world / "pid"
    hook = shell(f"sleep 1000 & echo $! > {pid}")
    try:
        assert run(runtime, {"createRuntime": [hook]}).stdout == "hello\n"
    finally:
        os.kill(int(pid.read_text()), 9)


def test_missing_hook_is_named(runtime: Runtime) -> None:
    done = run(runtime, {"createRuntime": [{"path": "/no/such/hook"}]})

    assert "error running createRuntime hook #0: /no/such/hook: no such file or directory" in done.stderr


def test_hook_gets_its_own_environment_only(runtime: Runtime) -> None:
    done = run(runtime, {"createRuntime": [shell("echo $A $HOME $USER.; exit 1", env=["A=b"])]})

    assert "stdout: b ." in done.stderr


def test_hook_gets_no_descriptor_beside_its_three(runtime: Runtime) -> None:
    hook = {"path": "/bin/ls", "args": ["ls", "-x", "/proc/self/fd", "/none"]}

    done = run(runtime, {"createRuntime": [hook]})

    assert "0  1  2  3" in done.stderr  # 3: the directory that ls reads
    assert "4" not in done.stderr.partition("/proc/self/fd:")[2].partition("stderr")[0]


def test_hook_before_the_pivot_sees_the_mounts_of_the_container(runtime: Runtime) -> None:
    seen = runtime.world / "seen"
    script = f"grep -c ' {runtime.root}/proc ' /proc/self/mountinfo > {seen}; true"

    run(runtime, {"createContainer": [shell(script)]})

    assert seen.read_text() == "1\n"
