"""`rename`, `port`, `container prune` and `container exists`."""

import json
from pathlib import Path

from tests.support.command import Pyker


def create(pyker: Pyker, name: str, *options: str) -> str:
    return pyker.out("create", "--name", name, "--network", "none", *options, "busybox", "true")


def run(pyker: Pyker, name: str, *options: str) -> str:
    return pyker.out("run", "-d", "--name", name, *options, "busybox", "sleep", "1000")


def test_rename_moves_the_name_of_a_running_container(any_pyker: Pyker) -> None:
    identity = run(any_pyker, "old", "--network", "none")

    assert any_pyker("rename", "old", "new").stdout == ""

    assert any_pyker.field("new", "{{.Id}} {{.Name}}") == f"{identity} /new"
    assert create(any_pyker, "old") != identity
    any_pyker("rm", "-f", "new")
    assert any_pyker.lines("ps", "-a", "--format", "{{.Names}}") == ["old"]
    assert (any_pyker.root / "names").joinpath("old").exists()


def test_rename_refuses_bad_and_taken_names(pyker: Pyker) -> None:
    create(pyker, "a1")
    holder = create(pyker, "b1")

    assert f'The container name "/b1" is already in use by container "{holder}"' in pyker.fails(
        1, "rename", "a1", "b1"
    )
    assert "same name as its current name" in pyker.fails(1, "rename", "a1", "a1")
    assert "invalid container name (a b)" in pyker.fails(1, "rename", "a1", "a b")
    assert "Neither old nor new names may be empty" in pyker.fails(1, "rename", "a1", "")
    assert "No such container: nobody" in pyker.fails(1, "rename", "nobody", "c1")
    assert sorted(pyker.lines("ps", "-a", "--format", "{{.Names}}")) == ["a1", "b1"]


def test_name_left_by_a_rename_that_was_killed_is_free(pyker: Pyker) -> None:
    """The new name is taken first; a crash before the container knows of it leaves a name of nobody."""
    identity = create(pyker, "a1")
    (pyker.root / "names/b1").write_text(identity)

    create(pyker, "b1")

    assert sorted(pyker.lines("ps", "-a", "--format", "{{.Names}}")) == ["a1", "b1"]


def test_port_tells_where_ports_are_published(pyker: Pyker) -> None:
    run(pyker, "web", "-p", "127.0.0.1:0:80", "-p", "127.0.0.1:0:53/udp", "--expose", "99")
    ports = json.loads(pyker.field("web", "{{json .NetworkSettings.Ports}}"))
    tcp, udp = (ports[key][0]["HostPort"] for key in ("80/tcp", "53/udp"))

    assert pyker.lines("port", "web") == [f"53/udp -> 127.0.0.1:{udp}", f"80/tcp -> 127.0.0.1:{tcp}"]
    assert pyker.out("port", "web", "80") == pyker.out("port", "-l").split()[-1] == f"127.0.0.1:{tcp}"
    assert f"80/tcp -> 127.0.0.1:{tcp}" in pyker.out("port", "--all")
    assert "No public port '99' published for web" in pyker.fails(1, "port", "web", "99")
    assert "invalid port (abc)" in pyker.fails(1, "port", "web", "abc")
    pyker("stop", "-t", "0", "web")
    assert pyker.out("port", "web") == ""


def test_prune_removes_what_does_not_run(any_pyker: Pyker) -> None:
    run(any_pyker, "up", "--network", "none")
    kept = create(any_pyker, "kept", "--label", "keep")
    gone = any_pyker.out(
        "run", "-d", "--network", "none", "--name", "gone", "busybox", "sh", "-c", "echo 12 > /f"
    )
    any_pyker("wait", "gone")

    assert any_pyker.out("container", "prune", "-f", "--filter", "until=1h") == "Total reclaimed space: 0B"
    said = any_pyker("container", "prune", "-f", "--filter", "label!=keep").stdout

    assert said == f"Deleted Containers:\n{gone}\n\nTotal reclaimed space: 3B\n"
    assert sorted(any_pyker.lines("ps", "-a", "--format", "{{.Names}}")) == ["kept", "up"]
    assert kept in any_pyker.out("container", "prune", stdin="y\n")


def test_prune_asks_first(pyker: Pyker) -> None:
    create(pyker, "a1")

    for answer in ("n\n", "", "nonsense\n"):
        said = pyker.out("container", "prune", stdin=answer)
        assert said.startswith("WARNING! This will remove all stopped containers.\nAre you sure")
    assert pyker.lines("ps", "-aq") != []
    assert "Invalid filter 'foo'" in pyker.fails(1, "container", "prune", "-f", "--filter", "foo=bar")
    assert 'as time or duration: "abc"' in pyker.fails(1, "container", "prune", "-f", "--filter", "until=abc")


def test_exists_answers_by_its_exit_code(pyker: Pyker) -> None:
    identity = create(pyker, "a1")

    assert pyker("container", "exists", identity[:8]).stdout == ""
    assert pyker.fails(1, "container", "exists", "nobody") == ""


def test_every_container_spelling_is_there(pyker: Pyker, tmp_path: Path) -> None:
    create(pyker, "a1")

    for words in (
        "diff a1",
        "port a1",
        "rename a1 a2",
        f"export -o {tmp_path}/x a2",
        f"cp a2:/bin {tmp_path}/b",
    ):
        pyker("container", *words.split())
    assert pyker.out("container", "remove", "a2") == "a2"
