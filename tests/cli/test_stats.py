"""`pyker stats`: what containers use."""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually

BUSY = "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done; touch /done; sleep 100 & exec sleep 1000"


@pytest.fixture(params=["root", "user"])
def web(request: pytest.FixtureRequest) -> Iterator[Pyker]:
    """A container, `web`, that computed a while and then sleeps in two processes; `idle` was only created."""
    pyker: Pyker = request.getfixturevalue("pyker" if request.param == "root" else "user_pyker")
    pyker("run", "-d", "--name", "web", "-m", "64m", "--network", "none", "busybox", "sh", "-c", BUSY)
    pyker("create", "--name", "idle", "--network", "none", "busybox", "true")
    eventually(lambda: pyker("exec", "web", "test", "-e", "/done", check=False).returncode == 0)
    yield pyker
    pyker("kill", "web")


def test_figures_are_dockers_columns(web: Pyker) -> None:
    headings, row = web.out("stats", "--no-stream").splitlines()

    assert headings.split("  ")[0] == "CONTAINER ID"
    assert [word.strip() for word in headings.split("   ") if word.strip()] == [
        *("CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS")
    ]
    assert row.split()[:2] == [web.out("ps", "-q"), "web"]
    assert row.split()[-1] == "2"


def test_json_has_dockers_keys_and_what_was_used(web: Pyker) -> None:
    found = json.loads(web.out("stats", "--no-stream", "--format", "json", "web"))

    keys = ["BlockIO", "CPUPerc", "Container", "ID", "MemPerc", "MemUsage", "Name", "NetIO", "PIDs"]
    assert list(found) == keys
    assert (found["Container"], found["Name"], found["PIDs"]) == ("web", "web", "2")
    assert float(found["CPUPerc"].rstrip("%")) > 0
    assert found["MemUsage"].partition(" / ")[0].endswith("iB")
    if web.account.is_root:
        assert found["MemUsage"].endswith(" / 64MiB")


def test_container_that_does_not_run_uses_nothing(web: Pyker) -> None:
    line = "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}"
    rows = web.out("stats", "--no-stream", "-a", "--format", line).splitlines()

    assert rows[0] == "idle 0.00% 0B / 0B 0"
    assert web.out("stats", "--no-stream", "--format", line, "idle") == rows[0]
    assert len(rows) == 2


def test_stream_goes_on_until_interrupted(web: Pyker) -> None:
    argv = [web.program, "stats", "--format", "{{.Name}}", "web"]
    who = {"user": web.account.uid, "group": web.account.gid, "env": web.environment(), "cwd": web.world}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, **who) as process:  # type: ignore[call-overload]
        assert process.stdout is not None
        started = time.monotonic()
        lines = [process.stdout.readline() for _ in range(2)]
        process.terminate()

    assert lines == ["web\n", "web\n"]
    assert 0.9 < time.monotonic() - started < 10


def test_unknown_container_is_an_error(pyker: Pyker) -> None:
    done = pyker("stats", "--no-stream", "nosuch", check=False)

    assert (done.returncode, "No such container: nosuch" in done.stderr) == (1, True)
    assert pyker.out("stats", "--no-stream", "--format", "json") == ""
