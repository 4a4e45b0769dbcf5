"""`mount`, `unmount`, `unshare` and `container clone`, and what is asked of the latest container."""

from pathlib import Path

import pytest

from tests.support.command import Pyker

SLEEP = ("busybox", "sleep", "1000")


def run(pyker: Pyker, name: str, *options: str) -> str:
    return pyker.out("run", "-d", "--network", "none", "--name", name, *options, *SLEEP)


def test_mounted_root_is_the_one_the_container_has(pyker: Pyker) -> None:
    """Before, during and after a run; a start while it is mounted must not put the overlay together again."""
    pyker("create", "--network", "none", "--name", "box", *SLEEP)
    root = Path(pyker.out("mount", "box"))
    (root / "before").write_text("b")
    pyker("start", "box")
    pyker("exec", "box", "sh", "-c", "cp /before /inside")
    (root / "during").write_text("d")

    assert pyker.out("mount", "box") == str(root)
    assert (root / "inside").read_text() == pyker.out("exec", "box", "cat", "/before") == "b"
    assert pyker.out("exec", "box", "cat", "/during") == "d"
    assert pyker.lines("mount") == [f"{pyker.field('box', '{{.Id}}')[:12]}  {root}"]
    pyker("stop", "-t", "0", "box")
    assert (root / "inside").exists()
    assert pyker.out("unmount", "box") == "box"
    assert list(root.iterdir()) == []
    assert pyker.lines("diff", "box") == ["A /before", "A /during", "A /inside"]


def test_running_container_is_mounted_without_what_is_in_it(pyker: Pyker) -> None:
    run(pyker, "box", "-v", "/vol")
    pyker("exec", "box", "touch", "/vol/x", "/made")

    root = Path(pyker.out("mount", "box"))

    assert (root / "made").exists()
    assert not list((root / "proc").iterdir()) + list((root / "vol").iterdir())
    pyker("unmount", "--all")
    assert pyker.out("mount") == ""


def test_mounted_container_is_removed_only_by_force(pyker: Pyker) -> None:
    pyker("create", "--name", "box", *SLEEP)
    root = Path(pyker.out("container", "mount", "box"))

    assert "container box is mounted" in pyker.fails(1, "rm", "box")
    with open(root / "bin/busybox", "rb"):
        assert "is in use" in pyker.fails(1, "umount", "box")
        pyker("rm", "-f", "box")

    assert not root.exists()


def test_user_mounts_in_a_namespace_of_its_own(user_pyker: Pyker) -> None:
    user_pyker("create", "--name", "box", *SLEEP)
    program = user_pyker.program

    assert "pyker unshare" in user_pyker.fails(1, "mount", "box")
    script = f"id -u; ls $({program} mount box)/bin/busybox; {program} rm -f box"
    uid, listed, removed = user_pyker.lines("unshare", "sh", "-c", script)

    assert (uid, removed) == ("0", "box")
    assert listed.endswith("/merged/bin/busybox")
    assert user_pyker.lines("ps", "-aq") == []


def test_unshare_is_root_over_the_users_ids_and_gives_the_exit_code(user_pyker: Pyker) -> None:
    path = user_pyker.world / "mine"

    user_pyker("unshare", "sh", "-c", f"touch {path}; chown 33:33 {path}")

    assert path.stat().st_uid > 100_000
    assert user_pyker("unshare", "sh", "-c", "exit 7", check=False).returncode == 7
    assert "command not found" in user_pyker.fails(127, "unshare", "no-such-program")
    user_pyker("unshare", "rm", str(path))


def test_unshare_is_not_for_root(pyker: Pyker) -> None:
    assert "please use unshare with rootless" in pyker.fails(1, "unshare", "true")


def test_clone_is_asked_for_the_same(any_pyker: Pyker) -> None:
    options = ("-e", "K=v", "-l", "a=b", "-w", "/tmp", "-v", "named:/n", "-v", "/anonymous")
    run(any_pyker, "box", *options)
    any_pyker("exec", "box", "touch", "/written", "/n/shared")

    identity = any_pyker.out("container", "clone", "--run", "box")

    assert any_pyker.field("box-clone", "{{.Id}}") == identity
    assert any_pyker.out(
        "exec", "box-clone", "sh", "-c", "echo $K $PWD; hostname; ls /n; ls /written 2>&1 || true"
    ) == (f"v /tmp\n{identity[:12]}\nshared\nls: /written: No such file or directory")
    any_pyker("rm", "-f", "-v", "box-clone")
    assert any_pyker.field("box", "{{.State.Running}}") == "true"
    assert any_pyker.field("box", "{{len .Mounts}}") == "2"
    assert any_pyker.out("exec", "box", "ls", "-d", "/anonymous") == "/anonymous"


def test_clone_takes_name_image_and_limits_and_the_originals_place(pyker: Pyker) -> None:
    run(pyker, "box")
    pyker("tag", "busybox", "other:1")

    assert "cannot set --force without --destroy" in pyker.fails(1, "container", "clone", "-f", "box")
    assert "already in use" in pyker.fails(1, "container", "clone", "box", "box")
    pyker("container", "clone", "--destroy", "-f", "-m", "64m", "box", "new", "other:1")

    assert pyker.lines("ps", "-a", "--format", "{{.Names}} {{.Image}}") == ["new other:1"]
    assert pyker.field("new", "{{.HostConfig.Memory}}") == str(64 << 20)


@pytest.mark.parametrize("verb", ["inspect", "container inspect"])
def test_inspect_the_latest(pyker: Pyker, verb: str) -> None:
    assert "requires at least 1 argument" in pyker.fails(1, *verb.split())
    assert "there is no container" in pyker.fails(1, *verb.split(), "-l")
    for name in ("a1", "b1"):
        pyker("create", "--name", name, *SLEEP)

    assert pyker.out(*verb.split(), "-l", "-f", "{{.Name}}") == "/b1"
