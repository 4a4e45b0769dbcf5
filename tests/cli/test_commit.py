"""`commit`: a container's changes as a layer, for root and for users, at rest and running."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Pyker

SCRIPT = """
echo hi > /new; ln /new /hard; ln -s new /soft; rm /bin/vi; mkdir -p /a/b
chmod 4711 /new; touch -d '2020-01-02 03:04:05' /a/b; mkfifo /pipe; rm -r /usr; mkdir /usr; echo n > /usr/n
"""
LOOK = "ls -ln /new /hard /soft /pipe /a | grep -v total; cat /new /usr/*; ls /bin/vi /usr 2>&1"


def test_changes_are_in_the_image_as_they_were(any_pyker: Pyker) -> None:
    any_pyker("run", "--name", "c", "busybox", "sh", "-c", SCRIPT)
    any_pyker("run", "--name", "look", "busybox", "sh", "-c", SCRIPT + LOOK, check=False)

    identity = any_pyker.out("commit", "c", "new:1")

    assert identity.startswith("sha256:")
    seen = any_pyker("run", "--rm", "new:1", "sh", "-c", LOOK, check=False).stdout
    assert seen == any_pyker("logs", "look", check=False).stdout
    assert "-rws--x--x    2" in seen
    assert any_pyker("diff", any_pyker.out("create", "new:1")).stdout == ""


def test_what_is_said_of_it_is_kept(any_pyker: Pyker) -> None:
    run = ("run", "--name", "c", "-e", "A=b", "-w", "/tmp", "-l", "k=v", "busybox", "touch", "/x")
    any_pyker(*run)

    any_pyker("commit", "-a", "me", "-m", "said", "-c", "CMD /bin/date", "-c", "USER 7", "c", "new")

    image = json.loads(any_pyker.out("image", "inspect", "new"))[0]
    assert (image["Author"], image["Comment"]) == ("me", "said")
    assert image["Config"]["Cmd"] == ["/bin/sh", "-c", "/bin/date"]
    assert (image["Config"]["User"], image["Config"]["WorkingDir"]) == ("7", "/tmp")
    assert image["Config"]["Labels"] == {"k": "v"}
    assert "A=b" in image["Config"]["Env"]
    assert any_pyker.lines("history", "--format", "{{.Comment}}|{{.CreatedBy}}", "new")[0] == "said|touch /x"


def test_container_without_changes_gives_no_layer(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox")

    any_pyker("commit", "c", "same")

    layers = "{{json .RootFS.Layers}}"
    same, base = (any_pyker.out("image", "inspect", "-f", layers, name) for name in ("same", "busybox"))
    assert same == base


@pytest.mark.parametrize("options", [(), ("--pause=false",)])
def test_running_container_goes_on(any_pyker: Pyker, options: "tuple[str, ...]") -> None:
    any_pyker("run", "-d", "--name", "c", "-v", "/volume", "busybox", "sleep", "100")
    any_pyker("exec", "c", "sh", "-c", "echo one > /one; echo two > /volume/two")

    any_pyker("commit", *options, "c", "new")

    assert any_pyker.out("exec", "c", "cat", "/one") == "one"
    assert any_pyker.out("run", "--rm", "new", "sh", "-c", "cat /one; ls /volume 2> /dev/null; true") == "one"


def test_equal_changes_are_one_layer(any_pyker: Pyker) -> None:
    words = ("sh", "-c", "mkdir /d; echo x > /d/x; touch -d '2020-01-01 00:00:00' /d /d/x /")
    for name in ("a", "b"):
        any_pyker("run", "--name", name, "busybox", *words)
        any_pyker("commit", name, name)

    a, b = (any_pyker.out("image", "inspect", "-f", "{{json .RootFS.Layers}}", name) for name in "ab")
    assert a == b


@pytest.mark.root
def test_committed_image_is_saved_whole(pyker: Pyker, tmp_path: Path) -> None:
    pyker("run", "--name", "c", "busybox", "sh", "-c", "echo hi > /new; rm /bin/vi")
    pyker("commit", "c", "new:1")

    pyker("save", "-o", str(tmp_path / "new.tar"), "new:1")

    shown = subprocess.run(
        ["skopeo", "inspect", "--config", f"docker-archive:{tmp_path}/new.tar"],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    assert len(json.loads(shown)["rootfs"]["diff_ids"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none", "x"), "No such container: none"),
        (("c", "x@sha256:" + "0" * 64), "cannot commit to digest reference"),
        (("c", "UPPER"), "invalid reference format"),
        (("-c", "RUN x", "c", "x"), "'RUN' is not a valid change command"),
    ],
)
def test_bad_words_make_no_image(any_pyker: Pyker, words: "tuple[str, ...]", said: str) -> None:
    any_pyker("create", "--name", "c", "busybox")

    assert said in any_pyker.fails(1, "commit", *words)

    assert any_pyker.lines("images", "-q") == any_pyker.lines("images", "-q", "busybox")
