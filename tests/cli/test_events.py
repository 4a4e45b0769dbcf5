"""`events`: what was done, in order, kept for later and told as it happens."""

import json
import subprocess

import pytest

from pyker.engine import events
from tests.support.command import Pyker


def told(pyker: Pyker, *options: str) -> "list[str]":
    """The actions of all events so far."""
    return pyker.lines("events", "--since", "1h", "--until", "0s", "--format", "{{.Action}}", *options)


def test_life_of_a_container_is_told_in_order(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox", "sleep", "100")
    any_pyker("start", "c")
    any_pyker("exec", "c", "true")
    any_pyker("kill", "-s", "USR1", "c", check=False)
    any_pyker("stop", "-t", "0", "c")
    any_pyker("rm", "c")

    actions = told(any_pyker, "--filter", "type=container")

    assert actions[:5] == ["create", "start", "exec_create: true", "exec_start: true", "exec_die"]
    assert actions[-1] == "destroy"
    assert [one for one in actions[5:-1] if one != "kill"] in (["die", "stop"], ["die"])


def test_run_is_told_with_its_exit_code(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "c", "-l", "k=v", "busybox", "sh", "-c", "exit 7", check=False)

    line = any_pyker.lines("events", "--since", "1h", "--stream=false", "-f", "event=die")[0]

    identity = any_pyker.out("inspect", "-f", "{{.Id}}", "c")
    assert line.partition(" ")[2] == f"container die {identity} (exitCode=7, image=busybox, k=v, name=c)"
    assert len(line.partition(" ")[0]) == len("2026-11-21T01:47:15.000000000Z")


def test_images_are_told_of(pyker: Pyker) -> None:
    pyker("tag", "busybox", "more:1")
    pyker("untag", "busybox", "more:1")
    pyker("rmi", "busybox")

    assert told(pyker, "--filter", "type=image") == ["import", "tag", "untag", "untag", "delete"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (("container=one",), 5),
        (("container=one", "container=two"), 10),
        (("container=one", "event=die"), 1),
        (("event=start", "event=die"), 4),
        (("label=which=2",), 5),
        (("image=busybox", "type=image"), 1),
        (("scope=local", "event=create"), 2),
    ],
)
def test_filters_keep_what_was_asked(pyker: Pyker, filters: "tuple[str, ...]", count: int) -> None:
    for name, label in (("one", "1"), ("two", "2")):
        pyker("run", "--rm", "--name", name, "-l", f"which={label}", "busybox", "true")

    assert len(told(pyker, *(word for one in filters for word in ("-f", one)))) == count


def test_events_are_told_as_they_happen(any_pyker: Pyker) -> None:
    with any_pyker.popen("events", "--format", "json", "-f", "event=destroy") as watcher:
        assert watcher.stdout
        try:
            for _ in range(3):  # it may not look yet when the first one ends
                any_pyker("run", "--rm", "busybox", "true")
            event = json.loads(watcher.stdout.readline())
        finally:
            watcher.terminate()
            watcher.communicate()

    assert (event["Type"], event["Action"], event["scope"]) == ("container", "destroy", "local")
    assert event["from"] == "busybox"


def test_until_ends_the_watch(empty_pyker: Pyker) -> None:
    assert empty_pyker("events", "--until", "0s", timeout=10).stdout == ""


def test_new_file_is_begun_in_time(pyker: Pyker, monkeypatch: pytest.MonkeyPatch) -> None:
    pyker("run", "--rm", "busybox", "true")
    monkeypatch.setattr(events, "LIMIT", 2000)

    for number in range(40):
        events.record(pyker.home, "volume", "create", f"v{number}")

    sizes = [entry.stat().st_size for entry in pyker.runroot.glob("events.jsonl*")]
    assert len(sizes) == 2
    assert max(sizes) < 3000
    lines = pyker.lines("events", "--since", "1h", "--until", "0s", "--format", "{{.ID}}")
    assert lines[-10:] == [f"v{number}" for number in range(30, 40)]


def test_event_never_fails_the_deed(pyker: Pyker) -> None:
    (pyker.runroot / "events.jsonl").unlink()
    (pyker.runroot / "events.jsonl").mkdir()

    assert pyker.out("run", "--rm", "busybox", "echo", "hi") == "hi"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "x"), 'invalid value for "since": "x"'),
        (("-f", "nope=1"), "Invalid filter 'nope'"),
        (("--until", "0s", "--format", "{{.Nope"), "template"),
    ],
)
def test_bad_words_are_refused(pyker: Pyker, words: "tuple[str, ...]", said: str) -> None:
    done = pyker("events", *words, check=False)

    assert done.returncode
    assert said in done.stderr


def test_reader_that_goes_away_ends_it(pyker: Pyker) -> None:
    pyker("run", "--rm", "busybox", "true")
    with pyker.popen("events", "--since", "1h") as watcher:
        assert watcher.stdout
        assert b"import" in watcher.stdout.readline()
        watcher.stdout.close()
        pyker("run", "--rm", "busybox", "true")
        watcher.wait(10)
    assert isinstance(watcher, subprocess.Popen)


def test_want_of_memory_is_told_where_the_container_goes_on(pyker: Pyker) -> None:
    script = "dd if=/dev/zero of=/dev/null bs=200M count=1; exit 3"

    pyker("run", "--name", "c", "-m", "20m", "busybox", "sh", "-c", script, check=False)

    assert told(pyker, "--filter", "type=container") == ["create", "attach", "start", "oom", "die"]
    assert pyker.out("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", "c") == "true 3"
