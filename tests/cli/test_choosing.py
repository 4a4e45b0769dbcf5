"""Containers chosen without being named: --all, --latest, --filter, --cidfile, --ignore, --depend."""

from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.swapping import starting


def names(pyker: Pyker, *options: str) -> list[str]:
    return sorted(pyker.lines("ps", "--format", "{{.Names}}", *options))


@pytest.fixture
def three(any_pyker: Pyker) -> Pyker:
    """Two that run, `a1` with a label and `b1`, and `c1`, made last, that does not."""
    for name, *options in (("a1", "-l", "mine"), ("b1",)):
        words = ("--network", "none", "--stop-signal", "KILL", "--name", name)
        any_pyker("run", "-d", *words, *options, "busybox", "sleep", "1000")
    any_pyker("create", "--network", "none", "--name", "c1", "busybox", "sleep", "1000")
    return any_pyker


def test_stop_start_kill_and_rm_all(three: Pyker) -> None:
    assert len(three.lines("stop", "--all")) == 2
    assert names(three) == []
    assert len(three.lines("start", "--all")) == 3
    assert len(three.lines("kill", "-a", "-s", "KILL")) == 3
    three("wait", "a1", "b1", "c1")
    assert len(three.lines("rm", "--all")) == 3
    assert names(three, "-a") == []


def test_filters_latest_and_files_choose(three: Pyker) -> None:
    (three.world / "cid").write_text(three.field("b1", "{{.Id}}") + "\n")

    assert three.lines("stop", "-f", "label=mine") == [three.field("a1", "{{.Id}}")]
    assert three.lines("start", "-l") == [three.field("c1", "{{.Id}}")]
    assert names(three) == ["b1", "c1"]
    assert len(three.lines("kill", "--cidfile", str(three.world / "cid"))) == 1
    three("wait", "b1")
    assert len(three.lines("rm", "-f", "--filter", "status=exited")) == 2
    assert names(three, "-a") == ["c1"]


def test_what_cannot_be_chosen_is_named(pyker: Pyker) -> None:
    for verb in ("stop", "start", "kill", "rm", "container rm"):
        assert f"'pyker {verb}' requires at least 1 argument" in pyker.fails(1, *verb.split())
    assert "cannot be used together" in pyker.fails(1, "rm", "--all", "x")
    assert "reading CIDFile: open nofile: no such file" in pyker.fails(1, "rm", "--cidfile", "nofile")
    assert "No such container: nobody" in pyker.fails(1, "rm", "nobody")
    assert pyker.out("rm", "-i", "--cidfile", "nofile", "nobody") == ""
    assert "--force option must be specified" in pyker.fails(1, "rm", "-t", "1", "x")


def test_rm_takes_time_and_dependents(pyker: Pyker) -> None:
    script = "trap 'echo asked; exit 3' TERM; while :; do sleep 0.05; done"
    pyker(
        "run", "-d", "--name", "base", "-v", f"{pyker.world}:/w", "busybox", "sh", "-c", script + " >/w/said"
    )
    pyker(
        "run",
        "-d",
        "--name",
        "leaf",
        "--stop-signal",
        "KILL",
        "--network",
        "container:base",
        "busybox",
        "sleep",
        "1000",
    )

    assert len(pyker.lines("rm", "-f", "-t", "20", "--depend", "base")) == 2

    assert Path(pyker.world, "said").read_text() == "asked\n"
    assert names(pyker, "-a") == []


def test_force_removes_what_somebody_keeps_starting(pyker: Pyker) -> None:
    pyker("create", "--name", "box", "--network", "none", "busybox", "sleep", "1000")

    with starting(pyker, "box"):
        for _ in range(3):
            pyker("start", "box")
            pyker("rm", "-f", "box")
            pyker("create", "--name", "box", "--network", "none", "busybox", "sleep", "1000")

    pyker("rm", "-f", "box")
    assert names(pyker, "-a") == []


def test_ps_in_other_orders_and_shapes(three: Pyker) -> None:
    assert three.lines("ps", "-a", "--sort", "names", "--format", "{{.Names}}") == ["a1", "b1", "c1"]
    assert three.lines("ps", "-a", "--sort", "created", "-q")[0] == three.field("a1", "{{.Id}}")[:12]
    assert 'invalid argument "foo" for "--sort" flag' in three.fails(125, "ps", "--sort", "foo")
    assert len(three.lines("ps", "--noheading")) == 2
    heading, *rows = three.lines("ps", "--ns")
    assert heading.split() == [
        "CONTAINER",
        "ID",
        "NAMES",
        "PID",
        "CGROUPNS",
        "IPC",
        "MNT",
        "NET",
        *heading.split()[-3:],
    ]
    assert len(rows) == 2
    assert all(row.split()[2:] for row in rows)
    assert (
        three.lines("ps", "-a", "--format", "{{.Names}} {{.Exited}} {{.AutoRemove}}")[0] == "c1 false false"
    )


def test_ps_filters_of_podman(three: Pyker) -> None:
    three("create", "--restart", "always", "--network", "none", "--name", "d1", "busybox", "true")

    assert names(three, "-a", "--filter", "restart-policy=always") == ["d1"]
    assert names(three, "-a", "--filter", "should-start-on-boot=false") == ["a1", "b1", "c1"]
    assert names(three, "-a", "--filter", "until=1h") == []
    assert names(three, "--filter", "label!=mine") == ["b1"]


def test_ps_watches_until_interrupted(pyker: Pyker) -> None:
    with pyker.popen("ps", "--watch", "1") as process:
        assert process.stdout is not None
        first = process.stdout.readline() + process.stdout.readline()
        process.send_signal(2)
    assert first.count(b"CONTAINER ID") == 2
    assert process.returncode == 130
