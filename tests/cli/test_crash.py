"""kill -9 of any process at any moment: the next command understands what is left, and tidies it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.command import Pyker

QUICK = ("--network", "none")


def run_record(pyker: Pyker, name: str) -> dict[str, object]:
    """The run record of a running container."""
    identity = pyker.field(name, "{{.Id}}")
    record: dict[str, object] = json.loads((pyker.runroot / "containers" / identity / "run.json").read_text())
    return record


def run_records(pyker: Pyker) -> list[str]:
    """What the run root knows of containers, running or not."""
    directory = pyker.runroot / "containers"
    return os.listdir(directory) if directory.is_dir() else []


def kill_supervisor(pyker: Pyker, name: str) -> int:
    """kill -9 the supervisor of *name*; the pid of the container's first process."""
    record = run_record(pyker, name)
    supervisor = record["supervisor"]
    assert isinstance(supervisor, dict)
    os.kill(int(supervisor["pid"]), signal.SIGKILL)
    wait_until(lambda: not is_running(int(supervisor["pid"])))
    return int(str(record["pid"]))


def is_running(pid: int) -> bool:
    """Whether *pid* is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: "object", seconds: float = 10.0) -> None:
    """Wait for *condition* to hold."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def cgroups_of(pyker: Pyker, identity: str) -> list[str]:
    """Control groups that carry *identity*."""
    return [where for where, _, _ in os.walk("/sys/fs/cgroup") if where.endswith(identity)]


@pytest.fixture
def web(any_pyker: Pyker) -> Pyker:
    any_pyker("run", "-d", "--name", "web", *QUICK, "busybox", "sleep", "1000")
    return any_pyker


def test_container_outlives_its_supervisor_and_is_seen(web: Pyker) -> None:
    pid = kill_supervisor(web, "web")

    assert is_running(pid)
    assert web.out("ps", "--format", "{{.Names}} {{.State}}") == "web running"


def test_container_without_supervisor_can_be_stopped(web: Pyker) -> None:
    pid = kill_supervisor(web, "web")

    web("stop", "-t", "1", "web")

    assert not is_running(pid)
    assert web.field("web", "{{.State.Status}} {{.State.ExitCode}}") == "exited 255"


def test_container_without_supervisor_can_be_stopped_and_started_again(web: Pyker) -> None:
    kill_supervisor(web, "web")
    web("stop", "-t", "1", "web")

    web("start", "web")

    assert web.field("web", "{{.State.Running}}") == "true"


def test_container_without_supervisor_can_be_removed(web: Pyker) -> None:
    identity = web.field("web", "{{.Id}}")
    pid = kill_supervisor(web, "web")

    web("rm", "-f", "web")

    assert not is_running(pid)
    assert web.lines("ps", "-aq") == []
    assert cgroups_of(web, identity) == []


def test_waiting_for_a_container_without_supervisor_ends(web: Pyker) -> None:
    pid = kill_supervisor(web, "web")
    with web.popen("wait", "web") as waiting:
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)

        assert waiting.communicate(timeout=20)[0].strip() == b"255"


def test_dead_container_without_supervisor_is_told_as_exited(web: Pyker) -> None:
    pid = kill_supervisor(web, "web")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid))

    assert web.out("ps", "-a", "--format", "{{.State}}") == "exited"
    assert web.fails(1, "exec", "web", "true")


def test_passing_container_whose_supervisor_was_killed_goes_when_stopped(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--rm", "--name", "brief", *QUICK, "busybox", "sleep", "1000")
    kill_supervisor(any_pyker, "brief")

    any_pyker("stop", "-t", "0", "brief")

    assert any_pyker.lines("ps", "-aq") == []
    assert list((any_pyker.root / "names").iterdir()) == []


def test_next_container_tidies_what_a_dead_one_left(pyker: Pyker) -> None:
    pyker("run", "-d", "--rm", "--name", "brief", *QUICK, "busybox", "sleep", "1000")
    identity = pyker.field("brief", "{{.Id}}")
    os.kill(kill_supervisor(pyker, "brief"), signal.SIGKILL)
    wait_until(lambda: pyker.out("ps", "-q") == "")

    pyker("run", "--rm", *QUICK, "busybox", "true")

    assert pyker.lines("ps", "-aq") == []
    assert cgroups_of(pyker, identity) == []
    assert run_records(pyker) == []


@pytest.mark.parametrize("first", range(0, 16, 4))
def test_command_killed_at_any_moment_leaves_a_store_that_works(any_pyker: Pyker, first: int) -> None:
    for number in range(first, first + 4):
        with any_pyker.popen("run", "--rm", "--name", "x", *QUICK, "busybox", "sleep", "0.05") as command:
            time.sleep(number * 0.012)
            command.kill()
        wait_until(lambda: any_pyker.out("ps", "-q") == "")
        any_pyker.remove_containers()

        assert any_pyker.out("run", "--rm", "--name", "x", *QUICK, "busybox", "echo", "ok") == "ok"


def process_group_killed(pyker: Pyker, moment: float) -> None:
    """Start a container and kill -9 the command and everything it started, *moment* seconds later."""
    command = pyker.popen("run", "-d", "--name", "x", *QUICK, "busybox", "sleep", "1000", new_session=True)
    time.sleep(moment)
    victims = [int(pid) for pid in os.listdir("/proc") if pid.isdecimal() and belongs_to(int(pid), pyker)]
    for pid in [*victims, command.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    command.communicate()


def belongs_to(pid: int, pyker: Pyker) -> bool:
    """Whether *pid* is a pyker process of this world."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return str(pyker.root).encode() in environment


@pytest.mark.parametrize("first", range(0, 20, 5))
def test_command_and_supervisor_killed_at_any_moment_leave_nothing(pyker: Pyker, first: int) -> None:
    for number in range(first, first + 5):
        process_group_killed(pyker, number * 0.008)

        assert pyker.out("run", "--rm", "--name", "y", *QUICK, "busybox", "echo", "ok") == "ok"
        if pyker.lines("ps", "-aq"):
            pyker("rm", "-f", "x")
        assert list((pyker.root / "names").iterdir()) == []
        assert list((pyker.root / "creating").iterdir()) == []
        assert run_records(pyker) == []


def test_removal_cut_short_is_finished_by_the_next_command(pyker: Pyker) -> None:
    removing = pyker.root / "removing" / ("a" * 64)
    removing.mkdir(parents=True)
    (removing / "upper").mkdir()

    pyker("run", "--rm", *QUICK, "busybox", "true")

    assert list((pyker.root / "removing").iterdir()) == []


def test_name_of_a_command_that_died_is_free(pyker: Pyker) -> None:
    pyker("run", "--rm", *QUICK, "busybox", "true")
    (pyker.root / "names" / "ghost").write_text("b" * 64)

    pyker("create", "--name", "ghost", "busybox")

    assert pyker.out("ps", "-a", "--format", "{{.Names}}") == "ghost"


def test_one_of_many_wins_a_name(any_pyker: Pyker) -> None:
    words = ("create", "--name", "one", "busybox", "true")
    commands = [any_pyker.popen(*words) for _ in range(6)]
    ends = [(command.communicate(timeout=60), command.returncode) for command in commands]

    assert sorted(code for _, code in ends) == [0, *[125] * 5] or sorted(code for _, code in ends) == [
        0,
        *[1] * 5,
    ]
    assert sum(b"is already in use by container" in errors for (_, errors), _ in ends) == 5
    assert any_pyker.lines("ps", "-a", "--format", "{{.Names}}") == ["one"]


def test_many_starts_of_one_container_start_it_once(pyker: Pyker) -> None:
    pyker("create", "--name", "one", *QUICK, "busybox", "sleep", "1000")
    commands = [pyker.popen("start", "one") for _ in range(5)]
    for command in commands:
        command.communicate(timeout=60)

    assert [command.returncode for command in commands] == [0] * 5
    assert len(pyker.lines("ps", "-q")) == 1


def test_removal_against_start_ends_with_no_container(pyker: Pyker) -> None:
    for _ in range(5):
        pyker("create", "--name", "one", *QUICK, "busybox", "sleep", "1000")
        starting = pyker.popen("start", "one")
        removing = pyker.popen("rm", "-f", "one")
        starting.communicate(timeout=60)
        removing.communicate(timeout=60)
        pyker("rm", "-f", "one", check=False)

        assert pyker.lines("ps", "-aq") == []
        assert run_records(pyker) == []


def test_removal_never_crosses_a_mount(pyker: Pyker, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep me")
    pyker("create", "--name", "trap", "busybox")
    inside = pyker.root / "containers" / pyker.field("trap", "{{.Id}}") / "upper" / "mnt"
    inside.mkdir()
    subprocess.run(["mount", "--bind", str(precious), str(inside)], check=True)
    try:
        pyker("rm", "trap", check=False)
        left = next((pyker.root / "removing").iterdir(), inside.parents[1])
        subprocess.run(["umount", str(left / "upper" / "mnt")], check=True)
    finally:
        subprocess.run(["umount", "-q", str(inside)], check=False)

    assert (precious / "file").read_text() == "keep me"


def test_group_that_was_only_intended_is_removed(pyker: Pyker) -> None:
    identity = "c" * 64
    directory = pyker.runroot / "containers" / identity
    directory.mkdir(parents=True)
    record = {"run": 1, "boot": "", "supervisor": {}, "pid": 0, "group": f"pyker/{identity}"}
    (directory / "run.json").write_text(json.dumps(record))
    groups = [Path(f"/sys/fs/cgroup/{kind}/pyker/{identity}") for kind in ("memory", "pids", ".")]
    made = [group for group in groups if (group.parents[1] / "cgroup.procs").exists()]
    for group in made:
        group.mkdir(parents=True)

    pyker("run", "--rm", *QUICK, "busybox", "true")

    assert made
    assert not any(group.exists() for group in made)
    assert run_records(pyker) == []


def test_containers_are_removed_on_a_full_disk(empty_pyker: Pyker, rootfs_tar: Path) -> None:
    empty_pyker.root.mkdir(mode=0o700)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "full", str(empty_pyker.root)], check=True
    )
    try:
        empty_pyker("import", str(rootfs_tar), "busybox")
        empty_pyker("run", "-d", "--name", "one", *QUICK, "busybox", "sleep", "1000")
        empty_pyker("create", "--name", "two", "busybox", "true")
        subprocess.run(
            ["dd", "if=/dev/zero", f"of={empty_pyker.root}/filler"], capture_output=True, check=False
        )

        empty_pyker("rm", "-f", "one", "two")

        assert empty_pyker.lines("ps", "-aq") == []
        assert run_records(empty_pyker) == []
    finally:
        subprocess.run(["umount", str(empty_pyker.root)], check=True)


@pytest.mark.parametrize("text", ["[]", "{}", "5", "{", '{"config": {}}'])
def test_damaged_document_hides_no_other_container(pyker: Pyker, text: str) -> None:
    pyker("create", "--name", "hurt", "busybox")
    damaged = pyker.root / "containers" / pyker.field("hurt", "{{.Id}}") / "config.json"
    pyker("create", "--name", "well", "busybox")
    damaged.write_text(text)

    assert pyker.out("ps", "-a", "--format", "{{.Names}}") == "well"
