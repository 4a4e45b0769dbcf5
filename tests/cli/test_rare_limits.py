"""Limits on disks, devices, real time and swapping, and where the control group stands."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from pyker.cgroup.hierarchy import detect
from tests.support.command import Pyker
from tests.support.machine import cgroup_layout, kernel_lacks

V2 = cgroup_layout() == "v2"
GROUPS = Path("/sys/fs/cgroup")


def inside(pyker: Pyker, file: str, *options: str) -> str:
    """What a file of a new container's own control group says."""
    done = pyker("run", "--rm", "--network", "none", *options, "busybox", "cat", f"/sys/fs/cgroup/{file}")
    assert "lack" not in done.stderr
    return done.stdout.strip()


def disk() -> str:
    """A disk of this machine."""
    names = [name for name in os.listdir("/sys/block") if re.fullmatch("[vs]d[a-z]+", name)]
    if not names:
        kernel_lacks("a disk")
    return f"/dev/{names[0]}"


def numbers(path: str) -> str:
    device = os.stat(path).st_rdev
    return f"{os.major(device)}:{os.minor(device)}"


@pytest.mark.parametrize(
    ("option", "file", "word"),
    [
        ("--device-read-bps", "read_bps", "rbps"),
        ("--device-write-bps", "write_bps", "wbps"),
        ("--device-read-iops", "read_iops", "riops"),
        ("--device-write-iops", "write_iops", "wiops"),
    ],
)
def test_rate_of_a_disk_is_limited(pyker: Pyker, option: str, file: str, word: str) -> None:
    path = disk()
    where = "io.max" if V2 else f"blkio/blkio.throttle.{file}_device"

    found = inside(pyker, where, option, f"{path}:1000000")

    assert found.startswith(f"{numbers(path)} ")
    assert (f"{word}=1000000" if V2 else "1000000") in found


if not V2:

    @pytest.mark.parametrize(
        ("options", "file", "value"),
        [
            (("--blkio-weight", "300"), "blkio/blkio.bfq.weight", "300"),
            (("--memory-swappiness", "7"), "memory/memory.swappiness", "7"),
            (("--cpu-rt-runtime", "1000"), "cpu/cpu.rt_runtime_us", "1000"),
            (("-m", "32m", "--oom-kill-disable"), "memory/memory.oom_control", "oom_kill_disable 1"),
        ],
        ids=str,
    )
    def test_limit_of_v1_is_seen_inside(
        pyker: Pyker, options: tuple[str, ...], file: str, value: str
    ) -> None:
        assert inside(pyker, file, *options).splitlines()[0] == value

else:

    def test_file_of_v2_is_set(pyker: Pyker) -> None:
        assert inside(pyker, "memory.high", "--cgroup-conf", "memory.high=8388608") == "8388608"

    def test_what_v2_lacks_is_told(pyker: Pyker) -> None:
        done = pyker("run", "--rm", "--memory-swappiness", "5", "busybox", "true")

        assert "lack swappiness" in done.stderr


def test_rule_opens_a_device(pyker: Pyker) -> None:
    make_and_open = "mknod /fuse c 10 229 && : < /fuse"
    words = ("--network", "none", "--cap-add", "MKNOD", "busybox", "sh", "-c", make_and_open)

    assert pyker("run", "--rm", *words, check=False).returncode != 0
    assert pyker("run", "--rm", "--device-cgroup-rule", "c 10:229 r", *words).returncode == 0


def test_group_stands_below_the_parent_asked_for(pyker: Pyker) -> None:
    slices = detect().manager == "systemd"
    parent = f"pykertest{os.getpid()}.slice" if slices else f"pyker-parent{os.getpid()}"
    pyker(
        "run", "-d", "--name", "c", "--network", "none", "--cgroup-parent", parent, "busybox", "sleep", "60"
    )
    identity, pid = pyker.field("c", "{{.Id}} {{.State.Pid}}").split()
    found = Path(f"/proc/{pid}/cgroup").read_text()
    pyker("kill", "c")
    pyker("rm", "c")
    if slices:
        subprocess.run(["systemctl", "stop", parent], check=True)
    else:
        for path in GROUPS.glob(f"{parent}" if V2 else f"*/{parent}"):
            path.rmdir()

    assert f"/{parent}/pyker-{identity}.scope" in found if slices else f"/{parent}/{identity}" in found


def test_container_can_do_without_a_control_group(pyker: Pyker, user_pyker: Pyker) -> None:
    for one, options in ((pyker, ("--privileged",)), (user_pyker, ())):
        one("run", "-d", "--name", "c", "--cgroups", "disabled", *options, "busybox", "sleep", "60")
        pid, identity = one.field("c", "{{.State.Pid}} {{.Id}}").split()
        found = Path(f"/proc/{pid}/cgroup").read_text()
        one("kill", "c")

        assert identity not in found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cgroups", "disabled"), "would leave the container every device"),
        (("--cgroups", "disabled", "-m", "32m"), "cannot specify resource limits"),
        (("--cpu-rt-period", "5", "--cpu-rt-runtime", "6"), "cannot be higher than cpu real-time period"),
        (("--blkio-weight", "5"), 'invalid argument "5" for "--blkio-weight" flag'),
        (("--kernel-memory", "5m"), "unknown flag: --kernel-memory"),
        (("--device-write-bps", "/dev/nosuch:5"), "stat /dev/nosuch: no such file or directory"),
    ],
    ids=str,
)
def test_wrong_limit_is_refused(pyker: Pyker, options: tuple[str, ...], words: str) -> None:
    done = pyker("run", "--rm", *options, "busybox", "true", check=False)

    assert (done.returncode, words in done.stderr) == (125, True)
