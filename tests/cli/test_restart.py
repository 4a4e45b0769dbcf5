"""Restart policies and `restart`: a container comes back when it should, and only then."""

import os
import signal
from pathlib import Path

import pytest

from pyker.base.jsonfile import read
from tests.support.command import Pyker
from tests.support.waiting import eventually

FOREVER = "echo up; sleep 1000"


def status(pyker: Pyker) -> str:
    return pyker.field("c", "{{.State.Status}}")


def supervisor(pyker: Pyker) -> int:
    """The pid of the supervisor of the only container that runs or waits."""
    (path,) = (pyker.runroot / "containers").iterdir()
    return int(read(f"{path}/run.json")["supervisor"]["pid"])


def crash(pyker: Pyker) -> None:
    """End the container's process as an accident does, behind the back of everybody."""
    os.kill(int(pyker.field("c", "{{.State.Pid}}")), signal.SIGKILL)


def begin_loop(pyker: Pyker, policy: str = "always") -> None:
    """A container that ends at once again and again, at a moment when it waits for its next start."""
    pyker("run", "-d", "--name", "c", "--restart", policy, "busybox", "sh", "-c", "exit 3")
    eventually(lambda: status(pyker) == "restarting" and int(pyker.field("c", "{{.RestartCount}}")) >= 4)


def test_on_failure_tries_as_often_as_it_says(any_pyker: Pyker) -> None:
    any_pyker(
        *("run", "-d", "--name", "c", "--restart", "on-failure:2", "busybox"),
        *("sh", "-c", "echo go; exit 7"),
    )

    eventually(lambda: status(any_pyker) == "exited")

    assert any_pyker.lines("logs", "c") == ["go"] * 3
    assert any_pyker.field("c", "{{.RestartCount}} {{.State.ExitCode}}") == "2 7"
    assert any_pyker.field("c", "{{json .HostConfig.RestartPolicy}}") == (
        '{"Name":"on-failure","MaximumRetryCount":2}'
    )


def test_on_failure_is_content_with_success(pyker: Pyker) -> None:
    pyker("run", "--name", "c", "--restart", "on-failure", "busybox", "true")

    eventually(lambda: status(pyker) == "exited")
    assert pyker.field("c", "{{.RestartCount}}") == "0"


def test_container_that_crashed_comes_back(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "--restart", "unless-stopped", "busybox", "sh", "-c", FOREVER)
    before = any_pyker.field("c", "{{.State.Pid}}")

    crash(any_pyker)

    eventually(lambda: any_pyker.field("c", "{{.RestartCount}} {{.State.Status}}") == "1 running")
    assert any_pyker.field("c", "{{.State.Pid}}") != before
    assert any_pyker.out("exec", "c", "echo", "works") == "works"
    any_pyker("stop", "-t", "0", "c")
    assert any_pyker.field("c", "{{.State.Status}} {{.State.ExitCode}}") == "exited 137"


def test_container_keeps_network_and_ports_over_a_crash(pyker: Pyker) -> None:
    pyker(
        "run", "-d", "--name", "c", "--restart", "always", "-p", "127.0.0.1::80", "busybox", *("sleep", "60")
    )

    crash(pyker)

    eventually(lambda: pyker.field("c", "{{.RestartCount}} {{.State.Status}}") == "1 running")
    assert pyker.field("c", "{{.NetworkSettings.IPAddress}}") in pyker.out("exec", "c", "ip", "addr")
    assert "127.0.0.1:" in pyker.out("ps", "--format", "{{.Ports}}")


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_end_by_hand_is_final(pyker: Pyker, verb: str) -> None:
    pyker(
        "run", "-d", "--name", "c", "--restart", "always", "--stop-timeout", "0", "busybox", *("sleep", "60")
    )

    pyker(verb, "c")

    eventually(lambda: not list((pyker.runroot / "containers").iterdir()))
    assert status(pyker) == "exited"


def test_signal_that_is_not_meant_to_end_it_leaves_the_policy_alone(pyker: Pyker) -> None:
    script = "trap 'exit 5' HUP; echo up; while :; do sleep 0.05; done"
    pyker("run", "-d", "--name", "c", "--restart", "always", "busybox", "sh", "-c", script)
    eventually(lambda: "up" in pyker.out("logs", "c"))

    pyker("kill", "-s", "HUP", "c")

    eventually(lambda: pyker.field("c", "{{.RestartCount}} {{.State.Status}}") == "1 running")


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_waiting_container_is_ended_at_once(pyker: Pyker, verb: str) -> None:
    begin_loop(pyker)

    assert pyker.out(verb, "c") == "c"

    assert pyker.field("c", "{{.State.Status}} {{.State.ExitCode}}") == "exited 3"
    assert not list((pyker.runroot / "containers").iterdir())
    assert pyker.out("rm", "c") == "c"


def test_waiting_container_as_others_see_it(pyker: Pyker) -> None:
    begin_loop(pyker)

    eventually(lambda: pyker.out("ps", "--format", "{{.Names}} {{.Status}}").startswith("c Restarting (3) "))
    eventually(lambda: pyker.out("ps", "-q", "-f", "status=restarting"))
    seen = pyker.field("c", "{{.State.Running}} {{.State.Restarting}} {{.State.Pid}}")
    assert seen in ("true true 0", "true false 0")
    assert "cannot remove a r" in pyker.fails(1, "rm", "c")
    assert pyker.out("rm", "-f", "c") == "c"
    assert pyker.lines("ps", "-aq") == []


def test_exec_in_a_waiting_container_says_so(pyker: Pyker) -> None:
    begin_loop(pyker)
    words = "is restarting, wait until the container is running"

    eventually(lambda: words in pyker("exec", "c", "true", check=False).stderr)


def test_wait_of_a_sleeping_supervisor_ends_in_time(pyker: Pyker) -> None:
    begin_loop(pyker)
    eventually(lambda: int(pyker.field("c", "{{.RestartCount}}")) == 5)
    watcher = supervisor(pyker)
    eventually(lambda: os.readlink(f"/proc/{watcher}/exe").startswith("/memfd:pyker-park"))

    eventually(lambda: int(pyker.field("c", "{{.RestartCount}}")) == 6)

    assert supervisor(pyker) == watcher


def test_container_whose_waiting_supervisor_was_killed_is_like_any_other(any_pyker: Pyker) -> None:
    begin_loop(any_pyker)
    watcher = supervisor(any_pyker)

    os.kill(watcher, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{watcher}").exists())

    assert any_pyker.field("c", "{{.State.Status}} {{.State.ExitCode}}") in ("exited 3", "exited 255")
    assert any_pyker.out("stop", "c") == "c"
    assert any_pyker.out("start", "c") == "c"
    eventually(lambda: any_pyker.field("c", "{{.RestartCount}}") == "2")
    assert any_pyker.out("rm", "-f", "c") == "c"


def test_restart_loop_under_kill_of_the_supervisor(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "--restart", "always", "busybox", "sleep", "1000")
    for _ in range(6):
        os.kill(supervisor(pyker), signal.SIGKILL)
        crash(pyker)

        assert pyker.out("restart", "-t", "0", "c") == "c"

    assert status(pyker) == "running"
    assert pyker.out("exec", "c", "echo", "works") == "works"


def test_restart_begins_anew(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "--restart", "always", "busybox", "sh", "-c", FOREVER)
    crash(any_pyker)
    eventually(lambda: any_pyker.field("c", "{{.RestartCount}} {{.State.Status}}") == "1 running")
    pid = any_pyker.field("c", "{{.State.Pid}}")

    assert any_pyker.out("restart", "-t", "0", "c") == "c"

    assert any_pyker.field("c", "{{.RestartCount}} {{.State.Status}}") == "0 running"
    assert any_pyker.field("c", "{{.State.Pid}}") != pid


def test_restart_takes_several_in_any_state(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "runs", "busybox", "sleep", "1000")
    any_pyker("run", "-d", "--rm", "--name", "brief", "busybox", "sleep", "1000")
    any_pyker("create", "--name", "new", "busybox", "sleep", "1000")

    assert any_pyker.lines("restart", "-t", "0", "runs", "new", "brief") == ["runs", "new", "brief"]

    assert sorted(any_pyker.lines("ps", "--format", "{{.Names}}")) == ["brief", "new", "runs"]
    any_pyker("stop", "-t", "0", "brief")
    assert sorted(any_pyker.lines("ps", "-a", "--format", "{{.Names}}")) == ["new", "runs"]


def test_restart_chooses_by_flag(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "runs", "busybox", "sleep", "1000")
    pyker("create", "--name", "idle", "busybox", "true")

    assert len(pyker.lines("restart", "-t", "0", "--running")) == 1
    assert pyker.field("idle", "{{.State.Status}}") == "created"
    assert "No such container: x" in pyker.fails(1, "restart", "x")
    assert "at least one container" in pyker.fails(1, "restart")
    assert "cannot be used together" in pyker.fails(1, "restart", "-a", "runs")


def test_good_run_makes_the_next_pause_short_again() -> None:
    from pyker.model.restart import next_pause

    pauses = [0.0]
    while len(pauses) < 12:
        pauses.append(next_pause(pauses[-1], ran=1.0))

    assert pauses[1:5] == [0.1, 0.2, 0.4, 0.8]
    assert pauses[-1] == 60.0
    assert next_pause(60.0, ran=10.0) == 0.1


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("sometimes", "invalid restart policy 'sometimes'"),
        ("always:3", "maximum retry count can only be used with 'on-failure'"),
        ("on-failure:-1", "maximum retry count cannot be negative"),
        ("on-failure:x", "maximum retry count must be an integer"),
        (":3", "no policy provided before colon"),
    ],
)
def test_wrong_policy_is_refused_in_words(empty_pyker: Pyker, policy: str, words: str) -> None:
    errors = empty_pyker.fails(125, "run", "--restart", policy, "busybox")

    assert words in errors
    assert f'invalid argument "{policy}" for "--restart" flag' in errors


def test_wait_of_a_container_that_waits_itself_hears_its_next_end(pyker: Pyker) -> None:
    begin_loop(pyker)

    assert pyker.out("wait", "c") == "3"


def test_wait_for_a_condition(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox", "sleep", "1000")
    assert any_pyker.out("wait", "--condition", "created", "c") == "-1"
    with any_pyker.popen(
        "wait", "-i", "20ms", "--condition", "running", "--condition", "dead", "c"
    ) as waiting:
        any_pyker("start", "c")
        assert waiting.communicate(timeout=20) == (b"-1\n", b"")
    any_pyker("stop", "-t", "0", "c")

    assert any_pyker.lines("wait", "-i", "50", "--condition", "stopped", "c", "c") == ["137", "137"]
    assert any_pyker.out("wait", "--ignore", "nosuch") == "-1"


def test_wait_refuses_what_never_comes(empty_pyker: Pyker) -> None:
    errors = empty_pyker.fails(1, "wait", "--condition", "happy", "c")
    assert "happy" in errors
    assert "healthy" in errors
    assert '"-i, --interval"' in empty_pyker.fails(125, "wait", "-i", "soon", "c")
