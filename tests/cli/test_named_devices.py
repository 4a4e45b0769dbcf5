"""Devices after the Container Device Interface, --gpus, --image-volume and --read-only-tmpfs."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pyker.base.errors import NotFoundError
from pyker.engine.cdi import Devices, gpu_names
from tests.support.command import Pyker

SPEC = {
    "cdiVersion": "0.6.0",
    "kind": "vendor.com/box",
    "containerEdits": {"env": ["COMMON=1"]},
    "devices": [
        {
            "name": "one",
            "containerEdits": {
                "deviceNodes": [{"path": "/dev/box", "hostPath": "/dev/zero", "permissions": "r"}],
                "mounts": [{"hostPath": "/etc/hostname", "containerPath": "/box/name", "options": ["ro"]}],
                "env": ["BOX=one"],
                "hooks": [
                    {
                        "hookName": "createContainer",
                        "path": "/bin/sh",
                        "args": ["sh", "-c", "touch made-by-hook"],
                    }
                ],
            },
        }
    ],
}
OVER_ETC = """
mount -t tmpfs t "$1" && mkdir "$1/up" "$1/work" && cp -r "$2" "$1/up/cdi"
mount -t overlay o -o "lowerdir=/etc,upperdir=$1/up,workdir=$1/work" /etc
shift 2; exec "$@"
"""


def run_with_cdi(pyker: Pyker, *words: str) -> "subprocess.CompletedProcess[str]":
    """`pyker WORDS` where /etc/cdi has SPEC."""
    place, files = (pyker.account.make_directory(pyker.world / name) for name in ("over", "cdi"))
    (files / "box.json").write_text(json.dumps(SPEC))
    (files / "other.yaml").write_text(
        "kind: other.org/x\ndevices: [{name: y, containerEdits: {env: [Y=2]}}]\n"
    )
    (files / "broken.json").write_text("{")
    command = ["unshare", "-m", "sh", "-ec", OVER_ETC, "sh", str(place), str(files), pyker.program, *words]
    return subprocess.run(command, env=pyker.environment(), capture_output=True, text=True, check=False)


def test_named_devices_bring_nodes_mounts_variables_and_hooks(pyker: Pyker) -> None:
    script = "head -c 3 /dev/box | od -An -tx1; cat /box/name; echo $BOX$COMMON$Y; ls -d /made-by-hook"
    devices = ("--device", "vendor.com/box=one", "--device", "other.org/x=y")

    done = run_with_cdi(pyker, "run", "--rm", "--network", "none", *devices, "busybox", "sh", "-c", script)

    host = Path("/etc/hostname").read_text().strip()
    assert done.stdout.split() == ["00", "00", "00", host, "one12", "/made-by-hook"], done.stderr


def test_unknown_device_and_missing_gpus_are_told(any_pyker: Pyker) -> None:
    said = any_pyker.fails(125, "run", "--device", "vendor.com/box=none", "busybox", "true")
    assert "unresolvable CDI devices vendor.com/box=none" in said

    said = any_pyker.fails(125, "run", "--gpus", "all", "busybox", "true")
    assert "unresolvable CDI devices nvidia.com/gpu=all" in said
    assert "nvidia-ctk" in said
    assert 'invalid argument "x" for "--gpus" flag' in any_pyker.fails(125, "run", "--gpus", "x", "busybox")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deviceNodes", [{"path": "../x"}]),
        ("deviceNodes", [{"path": "/dev/x", "permissions": "z"}]),
        ("deviceNodes", [7]),
        ("mounts", [{"hostPath": "x", "containerPath": "/y"}]),
        ("mounts", [{"hostPath": "/x", "containerPath": "/a/../../y"}]),
        ("mounts", [{"hostPath": "/x", "containerPath": "/y", "options": [1]}]),
        ("env", ["NONAME"]),
        ("hooks", [{"hookName": "poststop", "path": "/bin/true"}]),
        ("hooks", [{"hookName": "prestart", "path": "true"}]),
    ],
)
def test_damaged_description_spoils_its_own_devices_only(tmp_path: Path, field: str, value: object) -> None:
    bad = {"kind": "bad.org/x", "devices": [{"name": "y", "containerEdits": {field: value}}]}
    (tmp_path / "a.json").write_text(json.dumps(bad))
    (tmp_path / "b.json").write_text(json.dumps(SPEC))
    devices = Devices((str(tmp_path),))

    assert len(devices.edits(["vendor.com/box=one"])) == 2
    with pytest.raises(NotFoundError, match=r"unresolvable CDI devices bad\.org/x=y") as caught:
        devices.edits(["bad.org/x=y"])
    assert "a.json" in caught.value.hint


def test_fifo_and_huge_descriptions_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    with (tmp_path / "b.yaml").open("wb") as file:
        file.truncate(5 << 20)

    assert len(Devices((str(tmp_path),)).faults) == 2


def test_gpus_are_named() -> None:
    assert gpu_names("all") == ("nvidia.com/gpu=all",)
    assert gpu_names("2") == ("nvidia.com/gpu=0", "nvidia.com/gpu=1")
    assert gpu_names('"device=0,3"') == ("nvidia.com/gpu=0", "nvidia.com/gpu=3")


def test_volumes_of_the_image_may_be_tmpfs_or_nothing(any_pyker: Pyker) -> None:
    any_pyker("create", "--name", "c", "busybox", "true")
    any_pyker("commit", "--change", "VOLUME /etc", "c", "with-volume")
    words = ("--network", "none", "with-volume", "sh", "-c", "ls /etc; grep ' /etc ' /proc/mounts || true")

    said = any_pyker.out("run", "--rm", "--image-volume", "tmpfs", *words)
    assert "passwd" in said
    assert "tmpfs /etc tmpfs" in said
    assert " /etc " not in any_pyker.out("run", "--rm", "--image-volume", "ignore", *words)
    assert "must be bind, tmpfs or ignore" in any_pyker.fails(125, "run", "--image-volume", "x", *words)


def test_read_only_container_may_have_scratch_places(any_pyker: Pyker) -> None:
    script = "touch /run/x /tmp/x /var/tmp/x && echo written; touch /x 2>&1 || true"
    words = (
        "run",
        "--rm",
        "--network",
        "none",
        "--read-only",
        "--read-only-tmpfs",
        "busybox",
        "sh",
        "-c",
        script,
    )

    assert any_pyker.out(*words).splitlines() == ["written", "touch: /x: Read-only file system"]
