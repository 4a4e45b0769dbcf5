"""A user without subordinate ids: one id in the container, said once, and everything else works."""

from tests.support.command import Pyker


def test_container_runs_as_its_one_user_with_a_note(lone_pyker: Pyker) -> None:
    done = lone_pyker("run", "--rm", "busybox", "sh", "-c", "id -u; cat /proc/self/uid_map")

    uid, *line = done.stdout.split()
    assert (uid, line) == ("0", ["0", str(lone_pyker.account.uid), "1"])
    assert done.stderr.count("/etc/subuid has no range for this user") == 1


def test_life_of_a_container(lone_pyker: Pyker) -> None:
    lone_pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")

    assert lone_pyker.out("exec", "c", "sh", "-c", "touch /file; ls /file") == "/file"
    lone_pyker("stop", "-t", "0", "c")
    lone_pyker("start", "c")
    assert lone_pyker.out("exec", "c", "ls", "/file") == "/file"
    assert lone_pyker.out("rm", "-f", "c") == "c"
    assert list((lone_pyker.root / "containers").iterdir()) == []


def test_other_user_is_refused_in_words(lone_pyker: Pyker) -> None:
    lone_pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")

    for code, words in ((125, ("run", "--rm", "-u", "user", "busybox")), (1, ("exec", "-u", "user", "c"))):
        errors = lone_pyker.fails(code, *words, "true")
        assert "uid 1000 does not exist in the container" in errors
        assert "/etc/subuid" in errors


def test_confinement_is_the_same(lone_pyker: Pyker) -> None:
    shown = lone_pyker.out("run", "--rm", "busybox", "grep", "-E", "CapBnd|Seccomp:", "/proc/self/status")

    assert shown.split() == ["CapBnd:", "00000000800405fb", "Seccomp:", "2"]
