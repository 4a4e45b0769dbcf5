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
        *((line, None) for option in found["SecurityOptions"] for line in _security_lines(option)),
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
    lines = ["Client: pyker", f" Version:    {found['ServerVersion']}"]
    lines += [" Context:    default", " Debug Mode: false", "", "Server:"]
    return lines + [f" {label}" if value is None else f" {label}: {value}".rstrip() for label, value in rows]


def _security_lines(option: str) -> "list[str]":
    """`name=seccomp,profile=default` as Docker shows it: the name, and below it what is set."""
    name, *settings = option.split(",")
    pairs = (setting.partition("=") for setting in settings)
    return [f" {name.removeprefix('name=')}", *(f"  {key.capitalize()}: {value}" for key, _, value in pairs)]
