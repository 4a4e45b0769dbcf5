"""What a config.json may say, looked at from inside the container that came of it."""

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from pyker.kernel.capabilities import mask
from tests.support.agent import agent_for
from tests.support.runtime import Runtime

pytestmark = pytest.mark.root
NAMESPACES = [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]


def ran(runtime: Runtime, script: str, **changes: Any) -> str:
    return runtime("run", "--bundle", runtime.bundle("sh", "-c", script, **changes), "c").strip()


def mount(source: Path | str, *options: str, kind: str = "bind", **more: Any) -> dict[str, Any]:
    return {"destination": "/mnt", "type": kind, "source": str(source), "options": [*options], **more}


def with_mount(*mounts: dict[str, Any]) -> list[dict[str, Any]]:
    proc = {"destination": "/proc", "type": "proc", "source": "proc"}
    dev = {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]}
    return [proc, dev, *mounts]


SEEN = "sed -n 's|^[^ ]* [^ ]* [^ ]* [^ ]* /mnt ||p' /proc/self/mountinfo"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("ro", "nosuid", "nodev", "noexec"), "ro,nosuid,nodev,noexec"),
        (("rnosuid", "rnodev"), "nosuid,nodev"),
        (("noatime",), "noatime"),
        (("nodiratime",), "nodiratime"),
        (("nosymfollow",), "nosymfollow"),
        (("acl", "iversion", "silent"), "rw"),
        (("rshared",), "shared:"),
        (("unbindable",), "unbindable"),
    ],
    ids=str,
)
def test_mount_has_what_its_options_say(runtime: Runtime, options: tuple[str, ...], expected: str) -> None:
    mounts = with_mount(mount("tmpfs", *options, kind="tmpfs"))

    seen = ran(runtime, SEEN, mounts=mounts)

    assert expected in seen


@pytest.mark.parametrize(("word", "below"), [("ro", "rw"), ("rro", "ro")])
def test_only_the_recursive_read_only_reaches_mounts_below(runtime: Runtime, word: str, below: str) -> None:
    mounts = with_mount(mount("/dev", "rbind", word))

    seen = ran(runtime, "grep -E ' /mnt(/pts)? ' /proc/self/mountinfo", mounts=mounts)

    flags = [line.split()[5].split(",")[0] for line in seen.splitlines()]
    assert (flags[0], set(flags[1:])) == ("ro", {below})


def test_remount_changes_what_is_mounted(runtime: Runtime) -> None:
    mounts = with_mount(mount("tmpfs", kind="tmpfs"), mount("", "remount", "ro", kind="tmpfs"))

    assert "ro,relatime" in ran(runtime, SEEN, mounts=mounts)


@pytest.mark.parametrize(
    ("place", "options", "mode"),
    [
        ("/root", (), "700"),
        ("/root", ("mode=711",), "711"),
        ("/tmp", (), "1777"),
        ("/made/for/it", (), "1777"),
    ],
    ids=str,
)
def test_tmpfs_has_the_mode_of_what_it_covers(
    runtime: Runtime, tmp_path: Path, place: str, options: tuple[str, ...], mode: str
) -> None:
    root = tmp_path / "root"
    shutil.copytree(runtime.root, root, symlinks=True)
    mounts = with_mount({**mount("tmpfs", *options, kind="tmpfs"), "destination": place})
    changed: dict[str, Any] = {"mounts": mounts, "root": {"path": str(root)}}

    seen = [ran(runtime, f"stat -c %a {place}", **changed) for _ in range(2)]

    assert seen == [mode, mode]


def test_mapped_mount_shows_other_owners(runtime: Runtime) -> None:
    place = runtime.world / "mapped"
    place.mkdir()
    (place / "file").touch()
    rows = [{"containerID": 0, "hostID": 1234, "size": 10}]
    mounts = with_mount(mount(place, "idmap", uidMappings=rows, gidMappings=rows))

    assert ran(runtime, "stat -c %u:%g /mnt/file", mounts=mounts) == "1234:1234"


def test_mapped_mount_takes_the_ids_of_the_container(runtime: Runtime) -> None:
    place = runtime.world / "mapped"
    place.mkdir()
    (place / "file").touch()
    runtime.world.chmod(0o711)
    rows = [{"containerID": 0, "hostID": 3_000_000, "size": 65536}]
    linux = {"namespaces": [*NAMESPACES, {"type": "user"}], "uidMappings": rows, "gidMappings": rows}
    mounts = with_mount({**mount(place, "ridmap"), "destination": "/tmp"})

    assert ran(runtime, "stat -c %u:%g /tmp/file", mounts=mounts, linux=linux) == "0:0"


def test_what_can_be_done_is_listed(runtime: Runtime) -> None:
    features = json.loads(runtime("features"))

    assert len(features["hooks"]) == 6
    assert {"rro", "idmap", "remount", "tmpcopyup"} <= set(features["mountOptions"])
    assert "SCMP_ACT_NOTIFY" in features["linux"]["seccomp"]["actions"]


def test_mapped_mount_without_mappings_is_refused(runtime: Runtime) -> None:
    bundle = runtime.bundle("true", mounts=with_mount(mount(runtime.world, "idmap")))

    done = runtime.try_("run", "--bundle", bundle, "c")

    assert "mount /mnt: idmap needs uidMappings and gidMappings" in done.stderr


def test_container_without_proc_drops_its_capabilities_all_the_same(runtime: Runtime, tmp_path: Path) -> None:
    # Were /proc asked, as the image has it, there would be one capability to drop.
    root = tmp_path / "root"
    shutil.copytree(runtime.root, root, symlinks=True)
    (root / "proc/sys/kernel").mkdir(parents=True)
    (root / "proc/sys/kernel/cap_last_cap").write_text("0")
    changed: dict[str, Any] = {"maskedPaths": [], "readonlyPaths": []}
    runtime.running("c", mounts=[], root={"path": str(root)}, linux=changed)

    pid = runtime.state("c")["pid"]

    bounding = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("CapBnd")
    )
    kept = ("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")
    assert int(bounding.split()[1], 16) == mask(kept)


def test_source_may_be_relative_to_the_bundle(runtime: Runtime) -> None:
    bundle = runtime.bundle("cat", "/mnt/file", mounts=with_mount(mount("data")))
    (Path(bundle) / "data").mkdir()
    (Path(bundle) / "data" / "file").write_text("words")

    assert runtime("run", "--bundle", bundle, "c") == "words"


def test_shared_root_propagation_is_that_of_the_root(runtime: Runtime) -> None:
    linux = {"rootfsPropagation": "rshared"}

    seen = ran(
        runtime, "grep ' / / ' /proc/self/mountinfo; grep -c shared: /proc/self/mountinfo", linux=linux
    )

    assert int(seen.splitlines()[-1]) > 0


def test_time_namespace_has_clocks_of_its_own(runtime: Runtime) -> None:
    offsets = {"boottime": {"secs": 1_000_000_000}, "monotonic": {"secs": 5, "nanosecs": 7}}
    linux = {"namespaces": [*NAMESPACES, {"type": "time"}], "timeOffsets": offsets}

    seen = ran(runtime, "cat /proc/uptime", linux=linux)

    assert float(seen.split()[0]) > 1_000_000_000


def test_process_has_its_scheduler_priority_and_limits(runtime: Runtime) -> None:
    process = {
        "scheduler": {"policy": "SCHED_BATCH", "nice": 5},
        "ioPriority": {"class": "IOPRIO_CLASS_IDLE"},
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 33, "hard": 44}],
    }

    runtime.running("c", process=process)

    pid = runtime.state("c")["pid"]
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH
    assert os.getpriority(os.PRIO_PROCESS, pid) == 5
    assert "Max open files            33                   44" in Path(f"/proc/{pid}/limits").read_text()


def test_limit_that_may_not_be_set_is_named(runtime: Runtime) -> None:
    process = {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 44, "hard": 33}]}

    done = runtime.try_("run", "--bundle", runtime.bundle("true", process=process), "c")

    assert "cannot set RLIMIT_NOFILE to 44:33: soft is above hard" in done.stderr


def test_personality_shows_a_32_bit_machine(runtime: Runtime) -> None:
    assert ran(runtime, "uname -m", linux={"personality": {"domain": "LINUX32"}}) in ("i686", "armv8l")


def test_kernel_parameter_of_its_namespace_is_set(runtime: Runtime) -> None:
    linux = {"sysctl": {"net/ipv4/ip_default_ttl": "99", "kernel.msgmax": "4096"}}

    assert (
        ran(runtime, "cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax", linux=linux)
        == "99\n4096"
    )


def test_device_stands_where_the_config_puts_it(runtime: Runtime) -> None:
    device = {"path": "/dev/deep/zero", "type": "c", "major": 1, "minor": 5, "fileMode": 0o600, "uid": 3}

    seen = ran(runtime, "stat -c '%F %t:%T %a %u' /dev/deep/zero", linux={"devices": [device]})

    assert seen == "character special file 1:5 600 3"


def test_agent_answers_for_a_system_call(runtime: Runtime) -> None:
    answers: list[dict[str, Any]] = []
    path = runtime.world / "agent"
    agent = agent_for(path, answers)
    rules = [{"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY"}]
    seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(path), "listenerMetadata": "words"}

    seen = ran(runtime, "hostname x 2>&1 || true", linux={"seccomp": {**seccomp, "syscalls": rules}})
    agent.join()

    assert "cross-device link" in seen.lower()
    assert (answers[0]["fds"], answers[0]["metadata"]) == (["seccompFd"], "words")
    assert answers[0]["state"]["id"] == "c"


def test_agent_answers_for_a_system_call_of_exec(runtime: Runtime) -> None:
    path = runtime.world / "agent"
    rules = [{"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY"}]
    seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(path), "syscalls": rules}
    first = agent_for(path, [], calls=0)
    runtime.running("c", linux={"seccomp": seccomp})
    first.join()
    path.unlink()
    assert runtime.try_("exec", "c", "true").stderr.count("cannot reach the seccomp agent")
    answers: list[dict[str, Any]] = []
    agent = agent_for(path, answers)

    done = runtime.try_("exec", "c", "hostname", "x")
    agent.join()

    assert "cross-device link" in done.stderr.lower()
    state = answers[0]["state"]
    assert (state["status"], state["pid"]) == ("running", runtime.state("c")["pid"])
    assert answers[0]["pid"] != state["pid"]


def test_agent_that_does_not_listen_is_named(runtime: Runtime) -> None:
    rules = [{"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY"}]
    seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/no/agent", "syscalls": rules}

    done = runtime.try_("run", "--bundle", runtime.bundle("true", linux={"seccomp": seccomp}), "c")

    assert "cannot reach the seccomp agent at /no/agent: no such file or directory" in done.stderr


def test_filter_answers_with_the_numbers_of_the_config(runtime: Runtime) -> None:
    rules = [{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EXDEV}]
    flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]
    seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "flags": flags, "syscalls": rules}

    seen = ran(runtime, "hostname x 2>&1 || true", linux={"seccomp": seccomp})

    assert "cross-device link" in seen.lower()
