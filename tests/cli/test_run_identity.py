"""The rare options of `run` about variables, the files of /etc, masks, zones and names."""

from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.waiting import eventually

ZONE = Path("/usr/share/zoneinfo/Asia/Tokyo")


@pytest.fixture
def imported(pyker: Pyker, rootfs_tar: Path) -> Pyker:
    """A world with `lined`, an image that sets A and B."""
    pyker("import", "--change", "ENV A=image", "--change", "ENV B=b", str(rootfs_tar), "lined")
    return pyker


def test_variables_of_the_image_can_be_left_out(imported: Pyker) -> None:
    assert imported.out("run", "--rm", "--unsetenv", "A", "lined", "sh", "-c", "echo $A-$B") == "-b"
    everything = imported.lines("run", "--rm", "--unsetenv-all", "-e", "C=c", "lined", "env")
    assert {line.partition("=")[0] for line in everything} == {"C", "HOME", "HOSTNAME", "PATH"}


def test_variables_can_be_made_of_the_image_s(imported: Pyker) -> None:
    words = ("--env-merge", "A=<${A}$B>$", "--env-merge", "NEW=$NONE.")

    assert imported.out("run", "--rm", *words, "lined", "sh", "-c", "echo $A $NEW") == "<imageb>$ ."


def test_variables_of_the_caller_come_when_asked_for(imported: Pyker) -> None:
    here = {"A": "mine", "B": "mine", "http_proxy": "http://p/", "NO_PROXY": "n"}

    done = imported("run", "--rm", "--env-host", "-e", "B=word", "lined", "env", env=here)
    assert {"A=mine", "B=word", "http_proxy=http://p/"} <= set(done.stdout.splitlines())
    done = imported("run", "--rm", "--http-proxy", "lined", "env", env=here)
    assert {"A=image", "http_proxy=http://p/", "NO_PROXY=n"} <= set(done.stdout.splitlines())


def test_mask_holds_for_the_container_and_exec(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "--umask", "027", "busybox", "sh", "-c", "umask; sleep 100")

    assert any_pyker.out("exec", "c", "sh", "-c", "umask") == "0027"
    assert eventually(lambda: any_pyker.out("logs", "c") == "0027")


def test_time_zone_is_the_container_s_own(any_pyker: Pyker) -> None:
    assert any_pyker.out("run", "--rm", "--tz", "Asia/Tokyo", "busybox", "date", "+%z") == "+0900"
    same = any_pyker.raw("run", "--rm", "--tz", "Asia/Tokyo", "busybox", "cat", "/etc/localtime")
    assert same.stdout == ZONE.read_bytes()


@pytest.mark.parametrize(
    ("choice", "first"),
    [("none", ["127.0.0.1\tlocalhost"]), ("{}", ["9.9.9.9 nine", "127.0.0.1\tlocalhost"])],
)
def test_hosts_begin_as_asked(any_pyker: Pyker, choice: str, first: list[str]) -> None:
    own = any_pyker.world / "hosts"
    own.write_text("9.9.9.9 nine\n")
    words = ("--hosts-file", choice.format(own), "--add-host", "x:1.2.3.4")

    lines = any_pyker.lines("run", "--rm", *words, "busybox", "cat", "/etc/hosts")

    assert lines[: len(first)] == first
    assert "1.2.3.4\tx" in lines


def test_hosts_of_the_image_are_kept(pyker: Pyker) -> None:
    words = ("--no-hosts", "--no-hostname")

    pyker(
        "run", "--name", "c", *words, "busybox", "sh", "-c", "cat /etc/host* && exit 1; echo own >/etc/hosts"
    )

    assert (Path(pyker.field("c", "{{.GraphDriver.Data.UpperDir}}")) / "etc/hosts").read_text() == "own\n"


def test_link_names_a_running_container(pyker: Pyker) -> None:
    pyker("run", "-d", "--name", "db", "-h", "store", "busybox", "sleep", "100")
    address = pyker.field("db", "{{.NetworkSettings.IPAddress}}")

    hosts = pyker.out("run", "--name", "web", "--link", "db:base", "busybox", "cat", "/etc/hosts")

    assert f"{address}\tbase store db" in hosts
    assert pyker.field("web", "{{json .HostConfig.Links}}") == '["/db:/web/base"]'
    pyker("rm", "-f", "db")
    assert "No such container: db" in pyker.fails(1, "start", "web")


def test_link_to_a_stopped_container_is_refused(pyker: Pyker) -> None:
    pyker("create", "--name", "db", "busybox")

    assert "cannot link to container db" in pyker.fails(125, "run", "--link", "db", "busybox")


def test_image_goes_with_its_container(pyker: Pyker) -> None:
    pyker("tag", "busybox", "other")

    assert pyker.out("run", "--rmi", "other", "echo", "x") == "x"
    assert pyker.out("images", "--format", "{{.Repository}}") == "busybox"
    assert pyker.lines("ps", "-aq") == []


def test_init_may_be_named(pyker: Pyker) -> None:
    words = ("--init", "--init-binary", "tini-static")

    assert pyker.out("run", "--rm", *words, "busybox", "cat", "/proc/1/comm") == "init"


def test_limits_may_be_the_caller_s(any_pyker: Pyker) -> None:
    few = ("/bin/sh", "-c", 'ulimit -n 77; exec "$@"', "sh")

    words = ("create", "--name", "c", "--ulimit", "host", "busybox", "sh", "-c", "ulimit -n")
    with any_pyker.popen(*words, before=few) as process:
        process.communicate()

    assert any_pyker.out("start", "-a", "c") == "77"
