"""The search for what tests left behind on the machine."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

SETTLE = 5.0  # seconds that asynchronous clean-up may take


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def processes_of(token: str) -> list[str]:
    """The processes whose command line, environment, mounts, cgroup or open files hold *token*."""
    found = []
    mine = {os.getpid(), os.getppid()}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdecimal()):
        if pid not in mine and _mentions(pid, token.encode()):
            found.append(f"process {pid}: {_read(f'/proc/{pid}/cmdline')[:200]!r}")
    return found


def _mentions(pid: int, token: bytes) -> bool:
    texts = (_read(f"/proc/{pid}/{name}") for name in ("cmdline", "environ", "mountinfo", "cgroup"))
    if any(token in text for text in texts):
        return True
    try:
        links = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return False
    return any(token.decode() in link for link in links)


def mounts_of(token: str) -> list[str]:
    """The mounts of this mount namespace that mention *token*."""
    return [
        f"mount {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines() if token in line
    ]


def left_by(world: str) -> list[str]:
    """What still belongs to the *world*, a directory, after giving it a moment to go."""
    token = f"{world.rstrip('/')}/"
    return settled(lambda: processes_of(token) + mounts_of(token) + groups_of(world))


def groups_of(world: str) -> list[str]:
    """The control groups of containers that the event log of *world* names."""
    told = b"".join(_read(str(path)) for path in Path(world).glob("r/events.jsonl*"))
    return [f"cgroup {group}" for group in _cgroups() if os.path.basename(group).encode() in told]


def settled(look: Callable[[], list[str]]) -> list[str]:
    """What *look* finds, once it finds nothing or SETTLE seconds are over."""
    deadline = time.monotonic() + SETTLE
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def machine() -> dict[str, set[str]]:
    """What the whole machine has of the things pyker makes."""
    return {
        "mount": {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()},
        "interface": set(os.listdir("/sys/class/net")),
        "named network namespace": _names("/run/netns"),
        "nft table": _tables(),
        "cgroup": _cgroups(),
        "default home": {
            path for home in ("/var/lib/pyker", "/run/pyker", "/etc/pyker") for path in _tree(home)
        },
    }


def _names(directory: str) -> set[str]:
    return set(os.listdir(directory)) if os.path.isdir(directory) else set()


def _tree(top: str) -> set[str]:
    return {os.path.join(where, name) for where, _, names in os.walk(top) for name in (".", *names)}


def _tables() -> set[str]:
    done = subprocess.run(["nft", "-j", "list", "tables"], capture_output=True, check=False)
    if done.returncode:
        return set()
    rows = (entry["table"] for entry in json.loads(done.stdout)["nftables"] if "table" in entry)
    return {f"{row['family']} {row['name']}" for row in rows}


def _cgroups() -> set[str]:
    """Every group whose path has to do with pyker; the slice for our scopes is systemd's, which keeps it."""
    top = "/sys/fs/cgroup"
    groups = {where for where, _, _ in os.walk(top)}
    return {group for group in groups if "pyker" in group and not group.endswith("/pyker.slice")}


def new_since(before: dict[str, set[str]]) -> list[str]:
    """What the machine has now that it did not have *before*, after giving it a moment to go."""

    def look() -> list[str]:
        now = machine()
        return [f"{kind} {name}" for kind in before for name in sorted(now[kind] - before[kind])]

    return settled(look)
