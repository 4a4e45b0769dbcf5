"""Health checks and the time limit: what the supervisor does beside carrying output."""

import os
from pathlib import Path

import pytest

from pyker.base.jsonfile import loads, read
from tests.support.command import Pyker
from tests.support.waiting import eventually

FAST = ("--health-interval", "100ms", "--health-retries", "2")


def begin(pyker: Pyker, *options: str, script: str = "sleep 1000") -> None:
    pyker("run", "-d", "--name", "c", "--network", "none", *options, "busybox", "sh", "-c", script)


def health(pyker: Pyker) -> str:
    return pyker.field("c", "{{.State.Health.Status}}")


def test_container_is_starting_then_healthy_then_unhealthy(any_pyker: Pyker) -> None:
    patient = ("--health-start-period", "1h", "--health-start-interval", "100ms")
    begin(any_pyker, *FAST, *patient, "--health-cmd", "echo looking; test -e /ok")
    assert health(any_pyker) == "starting"
    assert any_pyker.out("ps", "--format", "{{.Status}}").endswith("(health: starting)")

    any_pyker("exec", "c", "touch", "/ok")
    eventually(lambda: health(any_pyker) == "healthy")
    assert any_pyker.out("ps", "-f", "health=healthy", "--format", "{{.Status}}").endswith("(healthy)")

    any_pyker("exec", "c", "rm", "/ok")
    eventually(lambda: health(any_pyker) == "unhealthy")
    assert any_pyker.out("ps", "--format", "{{.HealthStatus}}") == "unhealthy"
    assert any_pyker.lines("ps", "-q", "-f", "health=healthy") == []


def test_log_keeps_the_last_five_results(pyker: Pyker) -> None:
    begin(pyker, *FAST, "--health-cmd", "echo looking; exit 3")
    eventually(lambda: int(pyker.field("c", "{{.State.Health.FailingStreak}}")) > 5)

    log = loads(pyker.field("c", "{{json .State.Health.Log}}").encode())

    assert len(log) == 5
    assert log[0]["Start"] < log[0]["End"] < log[1]["Start"]
    assert (log[0]["ExitCode"], log[0]["Output"]) == (3, "looking\n")


def test_check_that_takes_too_long_is_ended(pyker: Pyker) -> None:
    begin(pyker, *FAST, "--health-timeout", "100ms", "--health-cmd", "echo slow; sleep 77")

    eventually(lambda: health(pyker) == "unhealthy")

    last = loads(pyker.field("c", "{{json (index .State.Health.Log 0)}}").encode())
    assert (last["ExitCode"], last["Output"]) == (-1, "Health check exceeded timeout (100ms)")
    assert pyker.out("exec", "c", "ps").count("sleep 77") <= 2  # the one that runs now, and its shell


def test_check_that_cannot_begin_fails_with_the_reason(pyker: Pyker) -> None:
    begin(pyker, *FAST, "--health-cmd", '["nosuch"]')

    eventually(lambda: health(pyker) == "unhealthy")

    last = loads(pyker.field("c", "{{json (index .State.Health.Log 0)}}").encode())
    assert last["ExitCode"] == -1
    assert "nosuch" in last["Output"]


def test_failures_in_the_start_period_do_not_count(pyker: Pyker) -> None:
    begin(
        pyker,
        *("--health-start-period", "1h", "--health-start-interval", "50ms", "--health-retries", "1"),
        *("--health-cmd", "echo x >> /n; test $(wc -l < /n) -ge 4"),
    )

    eventually(lambda: health(pyker) == "healthy")

    assert pyker.field("c", "{{.State.Health.FailingStreak}}") == "0"


@pytest.mark.parametrize(
    ("action", "end"), [("kill", "exited 137 0"), ("stop", "exited 5 0"), ("restart", "running 0 2")]
)
def test_unhealthy_container_is_dealt_with(pyker: Pyker, action: str, end: str) -> None:
    script = "trap 'exit 5' TERM; while :; do sleep 0.02; done"
    begin(pyker, *FAST, "--health-on-failure", action, "--health-cmd", "exit 1", script=script)

    eventually(lambda: pyker.field("c", "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}") == end)


def test_killed_as_unhealthy_its_policy_brings_it_back(any_pyker: Pyker) -> None:
    begin(
        any_pyker, *FAST, "--restart", "on-failure:1", "--health-on-failure", "kill", "--health-cmd", "exit 1"
    )

    eventually(lambda: any_pyker.field("c", "{{.State.Status}} {{.RestartCount}}") == "exited 1")


def test_checks_go_on_after_a_restart_from_anew(pyker: Pyker) -> None:
    begin(pyker, *FAST, "--health-cmd", "true")
    eventually(lambda: health(pyker) == "healthy")

    pyker("restart", "-t", "0", "c")

    eventually(lambda: health(pyker) == "healthy")
    pyker("stop", "-t", "0", "c")
    assert health(pyker) == "unhealthy"
    assert "(" not in pyker.out("ps", "-a", "--format", "{{.Status}}").replace("(137)", "")


def test_supervisor_sleeps_until_a_check_that_is_far_away(any_pyker: Pyker) -> None:
    begin(any_pyker, "--health-interval", "12s", "--health-cmd", "true")
    (directory,) = (any_pyker.runroot / "containers").iterdir()
    pid = read(f"{directory}/run.json")["supervisor"]["pid"]

    eventually(lambda: os.readlink(f"/proc/{pid}/exe").startswith("/memfd:pyker-park"))
    eventually(lambda: health(any_pyker) == "healthy")

    assert Path(f"/proc/{pid}").exists()


def test_image_gives_the_check_and_the_command_line_changes_it(pyker: Pyker, rootfs_tar: Path) -> None:
    check = "HEALTHCHECK --interval=100ms --retries=7 CMD test -e /ok"
    pyker("import", "--change", check, "--change", 'CMD ["sleep", "60"]', str(rootfs_tar), "checked")
    pyker("run", "-d", "--name", "c", "--health-retries", "1", "checked")

    eventually(lambda: health(pyker) == "unhealthy")

    assert pyker.field("c", "{{.Config.Healthcheck.Retries}} {{.Config.Healthcheck.Test}}") == (
        "1 [CMD-SHELL test -e /ok]"
    )
    pyker("run", "-d", "--name", "none", "--no-healthcheck", "checked")
    assert pyker.field("none", "{{json .State}}").count("Health") == 0


def test_healthcheck_run_looks_now(any_pyker: Pyker) -> None:
    begin(any_pyker, "--health-interval", "1h", "--health-retries", "1", "--health-cmd", "test -e /ok")

    assert any_pyker("healthcheck", "run", "c", check=False).returncode == 1
    assert health(any_pyker) == "unhealthy"
    any_pyker("exec", "c", "touch", "/ok")
    assert any_pyker.out("healthcheck", "run", "c") == ""
    assert health(any_pyker) == "healthy"
    any_pyker("stop", "-t", "0", "c")
    assert "is not running" in any_pyker.fails(1, "healthcheck", "run", "c")


def test_healthcheck_run_without_a_check_says_so(pyker: Pyker) -> None:
    begin(pyker)

    assert "has no defined healthcheck" in pyker.fails(1, "healthcheck", "run", "c")


def test_container_that_may_trace_is_checked_from_a_sealed_interpreter(pyker: Pyker) -> None:
    look = "for p in /proc/[0-9]*; do readlink $p/exe; done | grep -c /usr/bin/python"
    begin(pyker, *FAST, "--cap-add", "SYS_PTRACE", "--health-cmd", f"test $({look}) = 0")

    eventually(lambda: health(pyker) != "starting")

    assert health(pyker) == "healthy"


def test_timeout_ends_the_container(any_pyker: Pyker) -> None:
    begin(any_pyker, "--timeout", "1")

    assert any_pyker.out("wait", "c") == "137"

    assert any_pyker.field("c", "{{.State.Status}} {{.Config.Timeout}}") == "exited 1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--health-interval 1", 'invalid argument "1" for "--health-interval" flag: time: missing unit'),
        ("--health-interval 10us", "Interval in Healthcheck cannot be less than 1ms"),
        ("--health-timeout -1s", "--health-timeout cannot be negative"),
        ("--health-retries -1", "--health-retries cannot be negative"),
        ("--health-retries x", 'invalid argument "x" for "--health-retries" flag'),
        ("--no-healthcheck --health-cmd true", "--no-healthcheck conflicts with --health-* options"),
        ("--health-on-failure panic", "must be one of none, kill, restart, stop"),
        ("--health-on-failure restart --restart always", "conflicting options"),
        ("--timeout -3", 'invalid argument "-3" for "--timeout" flag'),
    ],
)
def test_wrong_word_is_refused(empty_pyker: Pyker, words: str, said: str) -> None:
    assert said in empty_pyker.fails(125, "create", *words.split(), "busybox")
