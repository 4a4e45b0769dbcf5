"""What a container may not do: threats.md, section 2, seen from inside."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.host_programs import python_in

KINDS = ("mnt", "pid", "uts", "ipc", "net", "cgroup")
DEFAULT = 0x800405FB
NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


def status_of(pyker: Pyker, *options: str) -> dict[str, str]:
    """/proc/self/status of a process in a new container made with *options*."""
    lines = pyker.lines("run", "--rm", "--network", "none", *options, "busybox", "cat", "/proc/self/status")
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def capabilities(pyker: Pyker, *options: str) -> list[int]:
    """Its effective, permitted, bounding, inheritable and ambient set."""
    status = status_of(pyker, *options)
    return [int(status[f"Cap{kind}"], 16) for kind in ("Eff", "Prm", "Bnd", "Inh", "Amb")]


def test_capabilities_are_the_eleven(any_pyker: Pyker) -> None:
    assert capabilities(any_pyker) == [DEFAULT, DEFAULT, DEFAULT, 0, 0]


def test_ordinary_user_has_none_and_may_gain_the_eleven(any_pyker: Pyker) -> None:
    assert capabilities(any_pyker, "-u", "user") == [0, 0, DEFAULT, 0, 0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--cap-add", "net_raw"), DEFAULT | 1 << 13),
        (("--cap-add", "CAP_SYS_ADMIN", "--cap-drop", "chown"), (DEFAULT | 1 << 21) & ~1),
        (("--cap-drop", "ALL"), 0),
        (("--cap-drop", "ALL", "--cap-add", "kill"), 1 << 5),
    ],
)
def test_capabilities_are_added_and_dropped(
    any_pyker: Pyker, options: tuple[str, ...], expected: int
) -> None:
    assert capabilities(any_pyker, *options) == [expected, expected, expected, 0, 0]


def test_all_capabilities_are_those_of_the_caller(pyker: Pyker) -> None:
    mine = re.search(r"^CapBnd:\s*(\w+)$", Path("/proc/self/status").read_text(), re.MULTILINE)

    assert mine
    assert capabilities(pyker, "--cap-add", "ALL")[2] == int(mine[1], 16)
    assert capabilities(pyker, "--privileged") == [*[int(mine[1], 16)] * 3, 0, 0]


def test_unknown_capability_is_refused(pyker: Pyker) -> None:
    errors = pyker.fails(125, "run", "--rm", "--cap-add", "FLY", "busybox", "true")

    assert 'unknown capability: "CAP_FLY"' in errors


def test_filter_is_on_and_new_privileges_are_allowed_by_default(any_pyker: Pyker) -> None:
    status = status_of(any_pyker)

    assert (status["Seccomp"], status["Seccomp_filters"], status["NoNewPrivs"]) == ("2", "1", "0")


def test_no_new_privileges_is_set_on_request(any_pyker: Pyker) -> None:
    status = status_of(any_pyker, "--security-opt", "no-new-privileges", "-u", "user")

    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize("options", [("--security-opt", "seccomp=unconfined"), ("--privileged",)])
def test_filter_can_be_left_out(any_pyker: Pyker, options: tuple[str, ...]) -> None:
    assert status_of(any_pyker, *options)["Seccomp"] == "0"


def test_own_filter_can_be_given(pyker: Pyker) -> None:
    refused = {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}
    profile = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [refused]}
    (pyker.world / "p.json").write_text(json.dumps(profile))

    options = ("--security-opt", f"seccomp={pyker.world}/p.json")

    assert "Operation not permitted" in pyker.fails(1, "run", "--rm", *options, "busybox", "mkdir", "/d")


def test_supplementary_groups_of_the_caller_stay_outside(pyker: Pyker) -> None:
    command = [pyker.program, "run", "--rm", "busybox", "id", "-G"]
    import subprocess

    done = subprocess.run(
        command,
        env=pyker.environment(),
        extra_groups=[4, 27, 4711],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "0\n"


def test_every_namespace_differs_from_the_host_s(any_pyker: Pyker) -> None:
    kinds = [*KINDS, *([] if any_pyker.account.is_root else ["user"])]
    script = f"for kind in {' '.join(kinds)}; do readlink /proc/self/ns/$kind; done"

    inside = any_pyker.lines("run", "--rm", "busybox", "sh", "-c", script)

    assert len(inside) == len(kinds)
    assert not set(inside) & {os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}


def open_files(listing: str) -> list[str]:
    """The descriptors in an `ls -l /proc/self/fd`, without the one that ls opened to read the directory."""
    rows = [line.split() for line in listing.splitlines() if line[0] == "l"]
    return [row[8] for row in rows if len(row) > 10]


def test_no_descriptor_but_the_three_is_open(any_pyker: Pyker) -> None:
    script = "exec ls -l /proc/self/fd"
    inherit = f"exec 7</etc/passwd 9</; exec {any_pyker.program} run --rm busybox sh -c '{script}'"
    import subprocess

    account = any_pyker.account
    done = subprocess.run(
        ["sh", "-c", inherit],
        env=any_pyker.environment(),
        user=account.uid,
        group=account.gid,
        check=True,
        capture_output=True,
        text=True,
        cwd=any_pyker.world,
    )

    assert open_files(done.stdout) == ["0", "1", "2"]


def test_exec_has_no_descriptor_but_the_three_either(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "--name", "c", "busybox", "sleep", "60")

    assert open_files(any_pyker.out("exec", "c", "ls", "-l", "/proc/self/fd")) == ["0", "1", "2"]


def test_device_nodes_are_the_seven(any_pyker: Pyker) -> None:
    found = any_pyker.lines(
        "run", "--rm", "busybox", "sh", "-c", "cd /dev; for n in *; do stat -L -c '%n %F' $n; done"
    )

    devices = {line.split()[0] for line in found if "character" in line or "block" in line}
    assert devices - {"stdin", "stdout", "stderr"} == {*NODES, "ptmx"}


def test_nodes_have_their_numbers_and_work(any_pyker: Pyker) -> None:
    names = " ".join(NODES)
    lines = any_pyker.lines("run", "--rm", "busybox", "sh", "-c", f"cd /dev; stat -c '%n %t %T' {names}")

    seen = {line.split()[0]: tuple(int(word, 16) for word in line.split()[1:]) for line in lines}
    assert seen == NODES
    assert (
        any_pyker.out("run", "--rm", "busybox", "sh", "-c", "head -c 4 /dev/zero | od -An -tx1")
        == "00 00 00 00"
    )


def test_other_devices_cannot_be_made(any_pyker: Pyker) -> None:
    assert "Operation not permitted" in any_pyker.fails(
        1, "run", "--rm", "busybox", "mknod", "/d", "c", "1", "1"
    )


def test_other_devices_can_be_made_with_mknod_but_never_opened(pyker: Pyker) -> None:
    script = "mknod /mem c 1 1; mknod /tun c 10 200; head -c1 /mem; cat /tun; echo end"

    done = pyker("run", "--rm", "--cap-add", "MKNOD", "busybox", "sh", "-c", script)

    assert done.stdout == "end\n"
    assert done.stderr.count("Operation not permitted") == 2


def test_device_that_is_given_can_be_used_as_it_is_given(pyker: Pyker) -> None:
    words = ("--device", "/dev/kmsg:/dev/log-of-the-host:r", "busybox")

    done = pyker(
        "run",
        "--rm",
        *words,
        "sh",
        "-c",
        "stat -c %t:%T /dev/log-of-the-host; echo x > /dev/log-of-the-host",
        check=False,
    )

    assert done.stdout == "1:b\n"
    assert "Operation not permitted" in done.stderr


@pytest.mark.parametrize(
    "path",
    [
        "/proc/kcore",
        "/proc/keys",
        "/proc/timer_list",
        "/proc/interrupts",
        "/proc/acpi",
        "/proc/scsi",
        "/sys/firmware",
        "/sys/dev/block",
    ],
)
def test_masked_path_shows_nothing(any_pyker: Pyker, path: str) -> None:
    script = f"[ -e {path} ] || exit 0; [ -d {path} ] && ls {path} || cat {path}"

    assert any_pyker.out("run", "--rm", "busybox", "sh", "-c", script) == ""


@pytest.mark.parametrize(
    "path",
    [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/vm/drop_caches",
        "/proc/irq/default_smp_affinity",
        "/sys/kernel/mm/ksm/run",
        "/sys/fs/cgroup/x",
    ],
)
def test_kernel_s_files_are_read_only(pyker: Pyker, path: str) -> None:
    done = pyker(
        "run",
        "--rm",
        "busybox",
        "sh",
        "-c",
        f"[ -e $(dirname {path}) ] || {{ echo Read-only >&2; exit 1; }}; echo 1 > {path}",
        check=False,
    )

    assert done.returncode != 0
    assert re.search("Read-only|Permission denied|nonexistent", done.stderr)


def test_control_groups_cannot_be_changed_by_remounting(any_pyker: Pyker) -> None:
    script = "mount -o remount,rw /sys/fs/cgroup; mount -t cgroup -o memory x /tmp; mount -t tmpfs x /tmp"

    done = any_pyker(
        "run", "--rm", "busybox", "sh", "-c", f"{script}; mount | grep 'cgroup.*rw,'", check=False
    )

    assert done.stderr.count("mount: ") == 3
    assert done.stdout == ""


def test_user_namespaces_cannot_be_made(any_pyker: Pyker) -> None:
    assert "not permitted" in any_pyker.fails(1, "run", "--rm", "busybox", "unshare", "-U", "true")


CALLS = {
    "keyctl": "syscall(250, 1, 0)",
    "io_uring_setup": "syscall(425, 1, bytes(120))",
    "bpf": "syscall(321, 0, 0, 0)",
    "userfaultfd": "syscall(323, 0)",
    "clone3 (ENOSYS)": "syscall(435, 0, 0)",
    "open_by_handle_at": "syscall(304, -100, 0, 0)",
    "AF_ALG": "syscall(41, 38, 5, 0)",
    "AF_VSOCK": "syscall(41, 40, 1, 0)",
    "AF_PACKET": "syscall(41, 17, 3, 0)",
    "kexec_load": "syscall(246, 0, 0, 0, 0)",
    "init_module": "syscall(175, 0, 0, 0)",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="kernel: the numbers are those of x86-64")
def test_dangerous_calls_are_refused(any_pyker: Pyker) -> None:
    lines = [f"print({name!r}, libc.{call}, ctypes.get_errno(), sep='|')" for name, call in CALLS.items()]
    code = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n" + "\n".join(lines)

    answers = [line.split("|") for line in python_in(any_pyker, code).splitlines()]

    assert [
        name for name, result, number in answers if result != "-1" or number not in ("1", "38", "97")
    ] == []
    assert len(answers) == len(CALLS)


def test_characters_cannot_be_pushed_into_the_caller_s_terminal(any_pyker: Pyker) -> None:
    code = (
        "import fcntl, os, termios\n"
        "for fd in (0, 1, 2):\n"
        "    print(os.isatty(fd), end=' ')\n"
        "try:\n    os.open('/dev/tty', os.O_RDWR)\nexcept OSError as error:\n    print(error.strerror)\n"
    )

    assert python_in(any_pyker, code) == "False False False No such device or address"


def test_keys_of_the_caller_stay_outside(pyker: Pyker) -> None:
    code = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print(libc.syscall(249, b'user', b'k', b'v', 1, -3), ctypes.get_errno())"
    )

    assert python_in(pyker, code).split()[1] == "1"
    assert pyker.out("run", "--rm", "busybox", "cat", "/proc/keys") == ""


def test_resource_limits_of_the_caller_are_not_widened(pyker: Pyker) -> None:
    import resource
    import subprocess

    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))

    done = subprocess.run(
        [pyker.program, "run", "--rm", "busybox", "sh", "-c", "ulimit -Hn"],
        env=pyker.environment(),
        preexec_fn=lower,
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "512\n"


def test_supervisor_cannot_be_seen_or_traced_from_inside(pyker: Pyker) -> None:
    script = "ls /proc | grep '^[0-9]' | tr '\\n' ' '; readlink /proc/1/exe"

    assert (
        pyker.out("run", "--rm", "--cap-add", "SYS_PTRACE", "busybox", "sh", "-c", script).split()[-1]
        == "/bin/busybox"
    )


def test_privileged_container_sees_the_host_s_devices_and_may_mount(pyker: Pyker) -> None:
    script = "ls /dev/mem /dev/kmsg; mount -t tmpfs x /tmp && echo mounted; ls /sys/firmware | wc -l"

    shown = pyker("run", "--rm", "--privileged", "busybox", "sh", "-c", script, check=False).stdout

    assert "/dev/kmsg" in shown
    assert "mounted" in shown


def test_read_only_root_leaves_only_the_tmpfs_of_the_kernel_writable(any_pyker: Pyker) -> None:
    script = "for d in / /tmp /etc /root /dev/shm; do touch $d/x 2>/dev/null && echo $d; done"

    assert any_pyker.lines("run", "--rm", "--read-only", "busybox", "sh", "-c", script) == ["/dev/shm"]


@pytest.mark.parametrize(
    "name", ["kernel.panic", "vm.swappiness", "net/../kernel.panic", "net.ipv4..x", "fs.file-max"]
)
def test_parameter_of_the_host_cannot_be_set(pyker: Pyker, name: str) -> None:
    assert "not allowed" in pyker.fails(125, "run", "--rm", "--sysctl", f"{name}=1", "busybox", "true")


def test_parameter_of_the_container_can_be_set(any_pyker: Pyker) -> None:
    words = ("--sysctl", "kernel.msgmax=4096", "--sysctl", "net.ipv4.ip_forward=1", "--network", "none")
    files = ("/proc/sys/kernel/msgmax", "/proc/sys/net/ipv4/ip_forward")

    assert any_pyker.lines("run", "--rm", *words, "busybox", "cat", *files) == ["4096", "1"]


def test_low_ports_and_pings_are_open_to_every_user_inside(any_pyker: Pyker) -> None:
    directory = "/proc/sys/net/ipv4"

    shown = any_pyker.lines(
        "run",
        "--rm",
        "busybox",
        "cat",
        f"{directory}/ip_unprivileged_port_start",
        f"{directory}/ping_group_range",
    )

    assert shown[0] == "0"
    assert shown[1].split()[0] == "0"


def test_store_is_closed_to_other_users(any_pyker: Pyker) -> None:
    any_pyker("run", "-d", "busybox", "sleep", "60")

    for path in (any_pyker.root, any_pyker.runroot, any_pyker.root / "containers", any_pyker.root / "layers"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
