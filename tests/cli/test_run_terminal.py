"""`-t` and `-it`: a person at a terminal."""

from tests.support.command import Pyker
from tests.support.terminal import Terminal

SHELL = ("--network", "none", "busybox", "sh")


def test_terminal_is_named_by_the_container_s_own_devpts(any_pyker: Pyker) -> None:
    with Terminal(any_pyker, "run", "--rm", "-it", *SHELL) as terminal:
        terminal.send("tty; ls -l /dev/console | cut -c1; stty size; exit 3\r")

        terminal.expect("/dev/pts/0")
        terminal.expect("\r\nc\r\n24 80\r\n")
        assert terminal.end() == 3


def test_window_has_the_size_of_the_caller_s_and_follows_it(any_pyker: Pyker) -> None:
    with Terminal(any_pyker, "run", "--rm", "-it", *SHELL, rows=33, columns=101) as terminal:
        terminal.send("echo start; while [ \"$(stty size)\" != '40 120' ]; do stty size; sleep 0.1; done\r")
        terminal.expect("33 101")
        terminal.resize(40, 120)

        terminal.send("\recho re''sized\r")
        terminal.expect("resized")


def test_ctrl_c_interrupts_the_program_and_not_the_shell(any_pyker: Pyker) -> None:
    with Terminal(any_pyker, "run", "--rm", "-it", *SHELL) as terminal:
        terminal.send("sh -c 'echo go\"\"ing; exec sleep 100'\r")
        terminal.expect("going")
        terminal.send("\x03")
        terminal.expect("# ")  # what is typed before is thrown away with the interrupt
        terminal.send("echo code $?\r")

        terminal.expect("code 130")


def test_ctrl_d_ends_the_shell(pyker: Pyker) -> None:
    with Terminal(pyker, "run", "--rm", "-it", *SHELL) as terminal:
        terminal.expect("# ")
        terminal.send("\x04")

        assert terminal.end() == 0


def test_jobs_can_be_stopped_and_continued(pyker: Pyker) -> None:
    with Terminal(pyker, "run", "--rm", "-it", *SHELL) as terminal:
        terminal.send("sh -c 'echo go\"\"ing; exec sleep 100'\r")
        terminal.expect("going")
        terminal.send("\x1a")
        terminal.expect("# ")
        terminal.send("jobs; kill -9 %1; echo a''ll\r")

        terminal.expect("Stopped")
        terminal.expect("all")


def test_detach_keys_leave_the_container_running(any_pyker: Pyker) -> None:
    with Terminal(any_pyker, "run", "-it", "--name", "c", *SHELL) as terminal:
        terminal.expect("# ")
        terminal.send("\x10\x11")

        assert terminal.end() == 0
    assert any_pyker.field("c", "{{.State.Running}}") == "true"


def test_other_detach_keys_may_be_given(pyker: Pyker) -> None:
    words = ("run", "-it", "--name", "c", "--detach-keys", "ctrl-a,x", *SHELL)
    with Terminal(pyker, *words) as terminal:
        terminal.expect("# ")
        terminal.send("\x10\x11\x01x")

        assert terminal.end() == 0
    assert pyker.field("c", "{{.State.Running}}") == "true"


def test_container_s_colours_and_errors_share_the_one_terminal(pyker: Pyker) -> None:
    done = pyker("run", "--rm", "-t", "busybox", "sh", "-c", "echo out; echo err >&2")

    assert (done.stdout, done.stderr) == ("out\r\nerr\r\n", "")


def test_term_is_set_with_a_terminal_only(pyker: Pyker) -> None:
    assert pyker.out("run", "--rm", "-t", "busybox", "sh", "-c", "echo [$TERM]") == "[xterm]"
    assert pyker.out("run", "--rm", "busybox", "sh", "-c", "echo [$TERM]") == "[]"


def test_interactive_terminal_without_one_here_is_refused(pyker: Pyker) -> None:
    errors = pyker.fails(1, "run", "--rm", "-it", "busybox", "true")

    assert errors.startswith("Error: the input device is not a TTY\n")
    assert pyker.lines("ps", "-aq") == []


def test_ordinary_user_of_the_image_may_reopen_the_terminal(any_pyker: Pyker) -> None:
    with Terminal(any_pyker, "run", "--rm", "-it", "-u", "user", *SHELL) as terminal:
        terminal.send("echo re''opened > $(tty) && echo o''k > /dev/stdout\r")

        terminal.expect("reopened")
        terminal.expect("ok")


def test_terminal_is_the_container_s_alone(pyker: Pyker) -> None:
    with Terminal(pyker, "run", "--rm", "-it", "--name", "c", *SHELL) as terminal:
        terminal.send("ls -l /proc/1/fd; echo li''sted\r")

        shown = terminal.expect("listed")

    assert {line.split()[-1] for line in shown.splitlines() if "->" in line} <= {"/dev/pts/0", "/dev/tty"}


def test_caller_s_terminal_is_as_before(pyker: Pyker) -> None:
    import termios

    terminal = Terminal(pyker, "run", "--rm", "-it", *SHELL)
    before = termios.tcgetattr(terminal.master)
    with terminal:
        terminal.expect("# ")
        assert termios.tcgetattr(terminal.master) != before
        terminal.send("exit\r")
        terminal.end()

        assert termios.tcgetattr(terminal.master) == before


def test_exec_gives_a_terminal_of_the_container(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "busybox", "sleep", "100")

    with Terminal(any_pyker, "exec", "-it", "c", "sh", rows=30, columns=90) as terminal:
        terminal.send("tty; stty size; echo $TERM; exit 9\r")
        terminal.expect("/dev/pts/0")
        terminal.expect("30 90")
        terminal.expect("xterm")

        assert terminal.end() == 9


def test_detached_exec_of_a_terminal_lives_on(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "c", "busybox", "sleep", "100")

    with Terminal(pyker, "exec", "-it", "c", "sh", "-c", "echo up; sleep 90") as terminal:
        terminal.expect("up")
        terminal.send("\x10\x11")
        assert terminal.end() == 0

    assert "sleep 90" in pyker.out("exec", "c", "ps")


def test_start_with_a_and_i_is_the_container_s_terminal(any_pyker: Pyker) -> None:
    any_pyker("create", "-it", "--name", "c", "busybox", "sh")

    with Terminal(any_pyker, "start", "-ai", "c") as terminal:
        terminal.send("stty size; exit 6\r")
        terminal.expect("24 80")

        assert terminal.end() == 6


def test_terminal_that_hangs_up_leaves_the_container(pyker: Pyker) -> None:
    with Terminal(pyker, "run", "-it", "--name", "c", *SHELL) as terminal:
        terminal.expect("# ")
        terminal.hang_up()

        assert terminal.process.wait(20) != 0
    assert pyker.field("c", "{{.State.Running}}") == "true"
