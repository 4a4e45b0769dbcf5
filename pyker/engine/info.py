"""What `info` tells of this machine and this home, under Docker's keys."""

import os

import pyker
from pyker.base.home import Home
from pyker.cgroup.hierarchy import detect
from pyker.engine.containers import all_containers
from pyker.engine.image_lookup import all_images
from pyker.mount.driver import choose_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOOPBACK = "127.0.0.0/8"  # registries there may speak plain HTTP


def describe(home: Home) -> "dict[str, Any]":
    """The state of *home* and the machine; OSError when /proc or the graph root cannot be read."""
    statuses = [container.status for container in all_containers(home)]
    system = os.uname()
    driver, reason = _driver(home)
    running, paused = statuses.count("running"), statuses.count("paused")
    return {
        "ID": _first_line("/etc/machine-id"),
        "Containers": len(statuses),
        "ContainersRunning": running,
        "ContainersPaused": paused,
        "ContainersStopped": len(statuses) - running - paused,
        "Images": len(all_images(home)),
        "Driver": driver,
        "DriverStatus": [["Chosen because", reason]] if reason else [],
        "LoggingDriver": "json-file",
        "CgroupDriver": detect().manager,
        "CgroupVersion": _cgroup_version(),
        "SecurityOptions": ["name=seccomp,profile=default"] + (["name=rootless"] if home.rootless else []),
        "KernelVersion": system.release,
        "OperatingSystem": _operating_system(),
        "OSType": "linux",
        "Architecture": system.machine,
        "NCPU": os.cpu_count() or 1,
        "MemTotal": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "Name": system.nodename,
        "DockerRootDir": home.graph,
        "RunRoot": home.run,
        "InsecureRegistries": [LOOPBACK],
        "ServerVersion": pyker.__version__,
        "DefaultRuntime": "pyker",
        "Rootless": home.rootless,
    }


def _driver(home: Home) -> "tuple[str, str]":
    os.makedirs(home.graph, 0o700, exist_ok=True)
    return choose_driver(home, home.rootless)


def _cgroup_version() -> str:
    mode = detect().version
    return {"v1": "1", "hybrid": "1", "v2": "2"}.get(mode, mode)


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _operating_system() -> str:
    """The distribution's own name for itself (os-release(5))."""
    try:
        with open("/etc/os-release", encoding="utf-8", errors="replace") as file:
            words = dict(line.rstrip().partition("=")[::2] for line in file if "=" in line)
    except OSError:
        return "Linux"
    return words.get("PRETTY_NAME", "Linux").strip('"')
