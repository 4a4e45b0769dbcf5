"""What the machine offers to the tests, told in the header and asked for by those that need it."""

import os
import platform
import shutil
from pathlib import Path

import pytest

TOOLS = [
    "nft",
    "ip",
    "newuidmap",
    "pasta",
    "slirp4netns",
    "fuse-overlayfs",
    "busybox",
    "docker-registry",
    "skopeo",
    "podman",
    "runc",
    "mmdebstrap",
]


def cgroup_layout() -> str:
    """v1, hybrid or v2: what stands at /sys/fs/cgroup."""
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return "v2"
    return "hybrid" if os.path.isdir("/sys/fs/cgroup/unified") else "v1"


def header() -> list[str]:
    """The lines a test report begins with."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    filesystems = Path("/proc/filesystems").read_text().split()
    facts = {
        "kernel": platform.release(),
        "cgroups": cgroup_layout(),
        "user": f"uid {os.geteuid()}",
        "overlay": "yes" if "overlay" in filesystems else "no",
        "fuse": "yes" if os.path.exists("/dev/fuse") else "no",
        "tun": "yes" if os.path.exists("/dev/net/tun") else "no",
        "tools missing": " ".join(missing) or "none",
    }
    return ["machine: " + ", ".join(f"{name} {fact}" for name, fact in facts.items())]


def need(tool: str) -> str:
    """The path of *tool*; the test fails when it is not installed: `make test` installs all of them."""
    path = shutil.which(tool)
    if path is None:
        pytest.fail(f"{tool} is not installed; run `make test` once as root")
    return path


def kernel_lacks(what: str) -> None:
    """Skip the test because of the kernel or the hardware: the one reason that counts (see conftest.py)."""
    pytest.skip(f"kernel: {what}")
