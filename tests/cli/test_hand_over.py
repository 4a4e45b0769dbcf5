"""What a container and the program that starts it hand each other beside streams: a pid."""

from tests.support.command import Pyker


def test_pidfile_has_the_first_process_of_every_run(any_pyker: Pyker) -> None:
    file = any_pyker.world / "pid"
    any_pyker("run", "-d", "--name", "c", "--pidfile", str(file), "busybox", "sleep", "100")
    first = file.read_text()

    any_pyker("restart", "-t", "0", "c")

    pid, path = any_pyker.out("inspect", "-f", "{{.State.Pid}} {{.PidFile}}", "c").split()
    assert (file.read_text(), path) == (pid, str(file))
    assert first != pid


def test_pidfile_that_cannot_be_written_keeps_the_container_from_starting(any_pyker: Pyker) -> None:
    errors = any_pyker.fails(
        125, "run", "--name", "c", "--pidfile", "/nope/pid", "busybox", "touch", "/began"
    )

    assert "No such file or directory: /nope/pid" in errors
    assert any_pyker.out("inspect", "-f", "{{.State.Pid}}", "c") == "0"
    assert "/began" not in any_pyker.out("diff", "c")
