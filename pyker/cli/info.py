"""`pyker info`: this machine, as pyker sees and uses it."""

from pyker.base.units import binary_size
from pyker.cli.output import say
from pyker.engine.info import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Print Docker's labels in Docker's order, or what a template picks."""
    document = describe(home)
    format = arguments.text("format")
    if format == "json":
        from pyker.cli.jsontext import compact

        say(compact(document))
    elif format:
        from pyker.cli.template.parser import Template

        say(Template(format).render(document))
    else:
        say("\n".join(_lines(document)))
    return 0


def _lines(found: "dict[str, Any]") -> "list[str]":
    rows: "list[tuple[str, Any]]" = [
        ("Containers", found["Containers"]),
        (" Running", found["ContainersRunning"]),
        (" Paused", found["ContainersPaused"]),
        (" Stopped", found["ContainersStopped"]),
        ("Images", found["Images"]),
        ("Server Version", found["ServerVersion"]),
        ("Storage Driver", found["Driver"]),
        *((f" {label}", value) for label, value in found["DriverStatus"]),
        ("Logging Driver", found["LoggingDriver"]),
        ("Cgroup Driver", found["CgroupDriver"]),
        ("Cgroup Version", found["CgroupVersion"]),
        ("Plugins", ""),
        (" Volume", "local"),
        (" Network", "bridge host none"),
        (" Log", "json-file none"),
        ("Swarm", "inactive"),
        ("Runtimes", "pyker"),
        ("Default Runtime", "pyker"),
        ("Security Options", ""),
        *((f" {option}", None) for option in found["SecurityOptions"]),
        ("Kernel Version", found["KernelVersion"]),
        ("Operating System", found["OperatingSystem"]),
        ("OSType", found["OSType"]),
        ("Architecture", found["Architecture"]),
        ("CPUs", found["NCPU"]),
        ("Total Memory", binary_size(found["MemTotal"])),
        ("Name", found["Name"]),
        ("ID", found["ID"]),
        ("Docker Root Dir", found["DockerRootDir"]),
        ("Pyker Run Dir", found["RunRoot"]),
        ("Debug Mode", "false"),
        ("Experimental", "false"),
        ("Insecure Registries", ""),
        *((f" {one}", None) for one in found["InsecureRegistries"]),
        ("Live Restore Enabled", "true"),
    ]
    lines = ["Client: pyker", f" Version:    {found['ServerVersion']}", "", "Server:"]
    return lines + [f" {label}" if value is None else f" {label}: {value}".rstrip() for label, value in rows]
