"""`pyker run`: streams, exit codes, names, and what is left afterwards."""

import os
import signal
import subprocess

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually


def test_output_and_errors_keep_their_streams(any_pyker: Pyker) -> None:
    done = any_pyker("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2")

    assert done.stdout == "out\n"
    assert done.stderr.splitlines()[-1] == "err"


def test_run_gives_the_exit_code_of_the_command(any_pyker: Pyker) -> None:
    assert any_pyker("run", "--rm", "busybox", "sh", "-c", "exit 7", check=False).returncode == 7


@pytest.mark.parametrize(("name", "code"), [("KILL", 137), ("TERM", 143), ("ABRT", 134)])
def test_death_by_signal_n_is_code_128_plus_n(pyker: Pyker, name: str, code: int) -> None:
    script = f"sh -c 'kill -{name} $$'; exit $?"

    assert pyker("run", "--rm", "busybox", "sh", "-c", script, check=False).returncode == code


def test_killed_first_process_is_code_137(pyker: Pyker) -> None:
    with pyker.popen("run", "--name", "victim", "busybox", "sleep", "60") as process:
        eventually(lambda: pyker("kill", "victim", check=False).returncode == 0)

        assert process.wait(20) == 137


def test_command_that_is_not_found_is_code_127(any_pyker: Pyker) -> None:
    errors = any_pyker.fails(127, "run", "--rm", "busybox", "nosuch")

    assert 'exec: "nosuch": executable file not found in $PATH' in errors


def test_path_that_does_not_exist_is_code_127(any_pyker: Pyker) -> None:
    errors = any_pyker.fails(127, "run", "--rm", "busybox", "/no/such")

    assert 'exec: "/no/such": stat /no/such: no such file or directory' in errors
    assert "interpreter" not in errors


def test_script_without_its_interpreter_is_code_127_and_says_so(pyker: Pyker) -> None:
    pyker("create", "--name", "t", "-v", f"{pyker.world}:/w", "busybox", "/w/s")
    (pyker.world / "s").write_text("#!/no/sh\n")
    (pyker.world / "s").chmod(0o755)

    done = pyker("start", "-a", "t", check=False)

    assert done.returncode == 127
    assert "interpreter" in done.stderr


@pytest.mark.parametrize("path", ["/etc", "/etc/passwd"])
def test_what_cannot_be_executed_is_code_126(any_pyker: Pyker, path: str) -> None:
    assert f'exec: "{path}": permission denied' in any_pyker.fails(126, "run", "--rm", "busybox", path)


def test_file_of_another_format_is_code_126(pyker: Pyker) -> None:
    (pyker.world / "junk").write_bytes(b"\x7fELF junk")
    (pyker.world / "junk").chmod(0o755)

    errors = pyker.fails(126, "run", "--rm", "-v", f"{pyker.world}:/w", "busybox", "/w/junk")

    assert "exec format error" in errors


def test_run_that_fails_leaves_no_container_with_rm(any_pyker: Pyker) -> None:
    any_pyker.fails(127, "run", "--rm", "busybox", "nosuch")

    assert any_pyker.lines("ps", "-aq") == []


def test_unknown_image_that_must_not_be_pulled_is_code_125(any_pyker: Pyker) -> None:
    errors = any_pyker.fails(125, "run", "--pull", "never", "nosuch", "true")

    assert "No such image: nosuch:latest" in errors
    assert any_pyker.lines("ps", "-aq") == []


def test_unknown_flag_is_code_125_with_the_usage(pyker: Pyker) -> None:
    errors = pyker.fails(125, "run", "--bogus", "busybox")

    assert errors.startswith("Error: unknown flag: --bogus\n")
    assert "Usage:  pyker run [OPTIONS] IMAGE [COMMAND] [ARG...]" in errors


def test_stdin_reaches_the_command_with_i(any_pyker: Pyker) -> None:
    assert any_pyker.out("run", "--rm", "-i", "busybox", "cat", stdin="x\ny\n") == "x\ny"


def test_stdin_stays_outside_without_i(pyker: Pyker) -> None:
    assert pyker.out("run", "--rm", "busybox", "cat", stdin="x\n") == ""


def test_megabytes_of_stdin_arrive_whole(any_pyker: Pyker) -> None:
    data = os.urandom(1 << 20) * 8

    done = any_pyker.raw("run", "--rm", "-i", "busybox", "cat", stdin=data)

    assert done.returncode == 0
    assert done.stdout == data


def test_command_may_end_without_reading_its_stdin(pyker: Pyker) -> None:
    assert pyker.raw("run", "--rm", "-i", "busybox", "true", stdin=bytes(8 << 20)).returncode == 0


def test_output_after_the_last_line_is_not_lost(pyker: Pyker) -> None:
    script = "head -c 3000000 /dev/zero; printf end"

    assert pyker.raw("run", "--rm", "busybox", "sh", "-c", script).stdout == bytes(3_000_000) + b"end"


def test_reader_that_leaves_ends_the_command_silently(pyker: Pyker) -> None:
    with pyker.popen("run", "--name", "y", "busybox", "yes") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()

        assert process.wait(20) == 141
        assert process.stderr.read() == b""
    pyker("rm", "-f", "y")


def test_detached_run_prints_the_id_alone(any_pyker: Pyker) -> None:
    identity = any_pyker.out("run", "-d", "busybox", "sleep", "60")

    assert len(identity) == 64
    assert any_pyker.lines("ps", "-q", "--no-trunc") == [identity]


def test_detached_run_says_at_once_that_a_command_is_missing(any_pyker: Pyker) -> None:
    assert "executable file not found" in any_pyker.fails(127, "run", "-d", "busybox", "nosuch")


def test_detached_command_has_no_stdin(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "busybox", "sh", "-c", "cat; echo end")

    assert pyker.out("wait", "c") == "0"
    assert pyker.out("logs", "c") == "end"


def test_detached_interactive_command_waits_for_its_stdin(pyker: Pyker) -> None:
    pyker("run", "-d", "-i", "--name", "c", "busybox", "cat")

    assert pyker.field("c", "{{.State.Running}} {{.Config.OpenStdin}}") == "true true"


def test_rm_removes_the_container_and_its_anonymous_volumes(any_pyker: Pyker) -> None:
    any_pyker("run", "--rm", "-v", "/data", "-v", "kept:/kept", "busybox", "true")

    assert any_pyker.lines("ps", "-aq") == []
    assert [path.name for path in (any_pyker.root / "volumes").iterdir() if path.is_dir()] == ["kept"]
    assert list((any_pyker.root / "containers").iterdir()) == []
    assert list((any_pyker.root / "names").iterdir()) == []


def test_detached_rm_removes_the_container_when_it_ends(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--rm", "--name", "brief", "busybox", "true")

    eventually(lambda: any_pyker.lines("ps", "-aq") == [])


def test_without_rm_the_container_stays_with_its_exit_code(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "c", "busybox", "sh", "-c", "exit 3", check=False)

    assert any_pyker.field("c", "{{.State.Status}} {{.State.ExitCode}}") == "exited 3"


def test_name_in_use_is_a_conflict_and_leaves_nothing(any_pyker: Pyker) -> None:
    identity = any_pyker.out("run", "-d", "--name", "web", "busybox", "sleep", "60")

    errors = any_pyker.fails(125, "run", "--name", "web", "busybox", "true")

    assert f'The container name "/web" is already in use by container "{identity}"' in errors
    assert any_pyker.lines("ps", "-aq", "--no-trunc") == [identity]


@pytest.mark.parametrize("name", ["a/b", "-x", ".hidden", "a b", "ä", "a\nb", "../up"])
def test_name_with_other_characters_is_refused(pyker: Pyker, name: str) -> None:
    errors = pyker.fails(125, "run", f"--name={name}", "busybox", "true")

    assert "container name (" in errors
    assert pyker.lines("ps", "-aq") == []


def test_generated_names_are_two_words_and_differ(pyker: Pyker) -> None:
    names = {pyker.field(pyker.out("create", "busybox"), "{{.Name}}") for _ in range(5)}

    assert len(names) == 5
    assert all(name.startswith("/") and name.count("_") == 1 for name in names)


def test_cidfile_holds_the_id_and_is_never_overwritten(pyker: Pyker) -> None:
    path = pyker.world / "cid"

    identity = pyker.out("run", "-d", "--cidfile", str(path), "busybox", "true")

    assert path.read_text() == identity
    assert "container ID file found" in pyker.fails(125, "run", "--cidfile", str(path), "busybox", "true")


def test_killing_the_foreground_command_leaves_the_container(pyker: Pyker) -> None:
    with pyker.popen("run", "--name", "c", "busybox", "sleep", "60") as process:
        eventually(lambda: pyker.lines("ps", "-q"))
        process.kill()
        process.wait(20)

    assert pyker.field("c", "{{.State.Running}}") == "true"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on_to_the_container(pyker: Pyker, number: signal.Signals) -> None:
    name = number.name.removeprefix("SIG")
    script = f"trap 'echo got {name}; exit 5' {name}; echo up; while :; do sleep 0.05; done"
    with pyker.popen("run", "--rm", "busybox", "sh", "-c", script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)

        assert process.wait(20) == 5
        assert process.stdout.read() == f"got {name}\n".encode()


def test_without_sig_proxy_the_signal_ends_the_client_alone(pyker: Pyker) -> None:
    words = ("run", "--sig-proxy=false", "--name", "c", "busybox", "sh", "-c", "echo up; exec sleep 60")
    with pyker.popen(*words) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.terminate()

        assert process.wait(20) in (-signal.SIGTERM, 128 + signal.SIGTERM)
    assert pyker.field("c", "{{.State.Running}}") == "true"


def test_closed_standard_streams_of_the_caller_do_no_harm(pyker: Pyker) -> None:
    script = f"exec <&- >&- 2>&-; exec {pyker.program} run --rm busybox sh -c 'exit 4'"

    assert subprocess.run(["sh", "-c", script], env=pyker.environment(), check=False).returncode == 4


def test_attach_to_stdout_alone_leaves_errors_to_the_log(pyker: Pyker) -> None:
    done = pyker("run", "-a", "stdout", "--name", "c", "busybox", "sh", "-c", "echo out; echo err >&2")

    assert (done.stdout, done.stderr) == ("out\n", "")
    assert pyker("logs", "c").stderr == "err\n"


def test_two_runs_of_one_image_do_not_see_each_other_s_files(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "a", "busybox", "touch", "/tmp/mine")

    assert any_pyker.out("run", "--rm", "busybox", "ls", "/tmp") == ""


def test_containers_of_one_image_stand_on_one_layer(pyker: Pyker) -> None:
    for name in ("a", "b"):
        pyker("create", "--name", name, "busybox")

    lowers = {pyker.field(name, "{{.GraphDriver.Data.LowerDir}}") for name in ("a", "b")}
    uppers = {pyker.field(name, "{{.GraphDriver.Data.UpperDir}}") for name in ("a", "b")}

    assert len(lowers) == 1
    assert len(uppers) == 2
    assert len(list((pyker.root / "layers").iterdir())) == 1


@pytest.mark.slow
def test_twenty_runs_at_once_all_succeed(any_pyker: Pyker) -> None:
    running = [any_pyker.popen("run", "--rm", "busybox", "echo", str(number)) for number in range(20)]

    results = [process.communicate(timeout=60) for process in running]

    said = [output.decode().strip() for output, _ in results]
    assert said == [str(number) for number in range(20)], results
    assert any_pyker.lines("ps", "-aq") == []
