"""`create`, `start`, `stop`, `kill`, `wait` and `rm`: the states of a container as a user moves it."""

import time

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually

PARKING = 2.5  # seconds after which a quiet supervisor is parked
STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.05; done"
POLITE = "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"


def begin(pyker: Pyker, script: str, *options: str) -> None:
    """Run *script* as container c and wait until it says "up"."""
    pyker("run", "-d", "--name", "c", *options, "busybox", "sh", "-c", script)
    eventually(lambda: "up" in pyker.out("logs", "c"))


def test_created_container_has_no_process(any_pyker: Pyker) -> None:
    identity = any_pyker.out("create", "--name", "c", "busybox", "true")

    assert len(identity) == 64
    assert any_pyker.field("c", "{{.State.Status}} {{.State.Pid}}") == "created 0"
    assert any_pyker.field("c", "{{.State.StartedAt}}") == "0001-01-01T00:00:00Z"
    assert any_pyker.lines("ps", "-q") == []


def test_start_echoes_the_name_and_runs_it(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox", "echo", "hello")

    assert any_pyker.out("start", "c") == "c"
    assert any_pyker.out("wait", "c") == "0"
    assert any_pyker.out("logs", "c") == "hello"


def test_start_of_a_running_container_is_no_failure(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")
    pid = pyker.field("c", "{{.State.Pid}}")

    assert pyker.out("start", "c") == "c"
    assert pyker.field("c", "{{.State.Pid}}") == pid


def test_start_with_a_shows_the_output_and_gives_the_code(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox", "sh", "-c", "echo out; echo err >&2; exit 4")

    done = any_pyker("start", "-a", "c", check=False)

    assert done.returncode == 4
    assert done.stdout == "out\n"
    assert done.stderr.endswith("err\n")


def test_start_with_i_passes_stdin_on(any_pyker: Pyker) -> None:
    any_pyker("create", "-i", "--name", "c", "busybox", "cat")

    assert any_pyker.out("start", "-ai", "c", stdin="through\n") == "through"
    assert any_pyker.out("start", "-ai", "c", stdin="again\n") == "again"


def test_start_that_fails_says_why_and_inspect_keeps_it(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox", "nosuch")

    assert "executable file not found" in any_pyker("start", "c", check=False).stderr
    assert any_pyker.field("c", "{{.State.Status}} {{.State.ExitCode}}") == "created 127"
    assert "executable file not found" in any_pyker.field("c", "{{.State.Error}}")


def test_container_that_failed_to_start_can_be_removed(pyker: Pyker) -> None:
    pyker.fails(127, "run", "--name", "c", "busybox", "nosuch")

    assert pyker.out("rm", "c") == "c"


def test_write_layer_outlives_a_restart(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "c", "busybox", "sh", "-c", "echo line >> /file; cat /file")

    assert any_pyker.out("start", "-a", "c") == "line\nline"
    assert any_pyker.out("start", "-a", "c") == "line\nline\nline"


def test_log_goes_on_after_a_restart(pyker: Pyker) -> None:
    pyker("run", "--name", "c", "busybox", "echo", "once")
    pyker("start", "-a", "c")

    assert pyker.out("logs", "c") == "once\nonce"


def test_stop_lets_the_program_end_by_itself(any_pyker: Pyker) -> None:
    begin(any_pyker, POLITE)

    assert any_pyker.out("stop", "c") == "c"

    assert any_pyker.field("c", "{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}") == "exited 3 0"
    assert any_pyker.out("logs", "c") == "up\nbye"


def test_stop_insists_after_its_timeout(any_pyker: Pyker) -> None:
    begin(any_pyker, STUBBORN)
    before = time.monotonic()

    any_pyker("stop", "-t", "1", "c")

    assert 1.0 <= time.monotonic() - before < 8
    assert any_pyker.field("c", "{{.State.ExitCode}}") == "137"


def test_stop_timeout_and_signal_may_be_the_container_s_own(pyker: Pyker) -> None:
    script = f"trap 'exit 9' USR1; {STUBBORN}"
    begin(pyker, script, "--stop-signal", "USR1", "--stop-timeout", "60")

    pyker("stop", "c", timeout=20)

    assert pyker.field("c", "{{.State.ExitCode}}") == "9"


def test_stop_reaches_a_container_whose_supervisor_is_parked(any_pyker: Pyker) -> None:
    begin(any_pyker, "trap 'echo bye; exit 3' TERM; echo up; sleep 60 & wait")
    time.sleep(PARKING)

    any_pyker("stop", "c")

    assert any_pyker.field("c", "{{.State.ExitCode}}{{.State.Error}}") == "3"
    assert any_pyker.out("logs", "c") == "up\nbye"


def test_end_is_recorded_by_a_parked_supervisor(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "busybox", "sh", "-c", f"sleep {PARKING + 1}; echo late; exit 6")

    assert any_pyker.out("wait", "c") == "6"
    assert any_pyker.out("logs", "c") == "late"


def test_exec_works_while_the_supervisor_is_parked(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")
    time.sleep(PARKING)

    assert any_pyker.out("exec", "c", "echo", "inside") == "inside"
    assert any_pyker.field("c", "{{.State.Running}}") == "true"


def test_kill_ends_it_with_137(any_pyker: Pyker) -> None:
    begin(any_pyker, STUBBORN)

    assert any_pyker.out("kill", "c") == "c"

    assert any_pyker.out("wait", "c") == "137"


@pytest.mark.parametrize("word", ["USR1", "SIGUSR1", "usr1", "10"])
def test_kill_sends_the_signal_that_is_named(pyker: Pyker, word: str) -> None:
    begin(pyker, "trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done")

    pyker("kill", "-s", word, "c")

    assert pyker.out("wait", "c") == "7"


@pytest.mark.parametrize("word", ["NOPE", "0", "99", "-1"])
def test_unknown_signal_is_refused(pyker: Pyker, word: str) -> None:
    pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")

    done = pyker("kill", f"--signal={word}", "c", check=False)

    assert (done.returncode, "nvalid signal" in done.stderr) == (1, True)
    assert pyker.field("c", "{{.State.Running}}") == "true"


def test_signal_that_is_ignored_leaves_it_running(pyker: Pyker) -> None:
    begin(pyker, STUBBORN)

    pyker("kill", "-s", "TERM", "c")

    time.sleep(0.3)
    assert pyker.field("c", "{{.State.Running}}") == "true"


def test_wait_prints_the_code_of_each(pyker: Pyker) -> None:
    for name, code in (("a", 1), ("b", 2)):
        pyker("run", "-d", "--name", name, "busybox", "sh", "-c", f"sleep 0.3; exit {code}")

    assert pyker.lines("wait", "a", "b") == ["1", "2"]


def test_wait_hears_the_end_of_a_container_with_rm(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--rm", "--name", "c", "busybox", "sh", "-c", "sleep 1; exit 5")

    assert any_pyker.out("wait", "c") == "5"


def test_wait_for_a_container_that_never_ran_is_at_once(pyker: Pyker) -> None:
    pyker("create", "--name", "c", "busybox")

    assert pyker.out("wait", "c") == "0"


def test_rm_of_a_running_container_needs_force(any_pyker: Pyker) -> None:
    identity = any_pyker.out("run", "-d", "--name", "c", "busybox", "sleep", "60")

    errors = any_pyker.fails(1, "rm", "c")

    assert f"You cannot remove a running container {identity}" in errors
    assert any_pyker.out("rm", "-f", "c") == "c"
    assert any_pyker.lines("ps", "-aq") == []


def test_rm_takes_names_ids_and_beginnings_of_ids(pyker: Pyker) -> None:
    first, second = (pyker.out("create", "busybox") for _ in range(2))
    pyker("create", "--name", "third", "busybox")

    assert pyker.lines("rm", first, second[:7], "third") == [first, second[:7], "third"]


def test_beginning_of_two_ids_is_refused(pyker: Pyker) -> None:
    ids = [pyker.out("create", "busybox") for _ in range(17)]  # two of seventeen begin with one digit
    digits = [identity[0] for identity in ids]
    digit = next(one for one in digits if digits.count(one) > 1)

    assert "ultiple IDs found" in pyker.fails(1, "rm", digit)


def test_rm_v_takes_anonymous_volumes_and_leaves_named_ones(pyker: Pyker) -> None:
    pyker("create", "--name", "c", "-v", "/anonymous", "-v", "named:/n", "busybox")

    pyker("rm", "-v", "c")

    assert [path.name for path in (pyker.root / "volumes").iterdir() if path.is_dir()] == ["named"]


def test_containers_of_other_users_are_signalled_and_removed(any_pyker: Pyker) -> None:
    for name in ("a", "b", "c"):
        any_pyker("run", "-d", "--name", name, "-u", "user", "busybox", "sleep", "60")

    any_pyker("kill", "a")

    assert any_pyker.lines("rm", "-f", "a", "b", "c") == ["a", "b", "c"]


def test_rm_leaves_nothing_in_the_store(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "c", "busybox", "sh", "-c", "mkdir -m 0 /closed; touch /file")

    any_pyker("rm", "c")

    for name in ("containers", "creating", "removing", "names"):
        assert list((any_pyker.root / name).iterdir()) == [], name
    assert list((any_pyker.runroot / "containers").iterdir()) == []


def test_running_container_knows_what_it_is(any_pyker: Pyker) -> None:
    identity = any_pyker.out("run", "-d", "--name", "c", "busybox", "sleep", "60")
    pid = int(any_pyker.field("c", "{{.State.Pid}}"))

    with open(f"/proc/{pid}/cmdline", encoding="ascii") as file:
        assert file.read() == "sleep\x0060\x00"
    assert any_pyker.field("c", "{{.Id}} {{.Name}} {{.Path}} {{.Args}}") == f"{identity} /c sleep [60]"


def test_unfinished_creation_leaves_no_volume(pyker: Pyker) -> None:
    pyker("create", "--name", "c", "busybox")

    pyker.fails(1, "create", "--name", "c", "-v", "/data", "busybox")

    volumes = pyker.root / "volumes"
    assert not volumes.exists() or not [path for path in volumes.iterdir() if path.is_dir()]
