"""`pyker version` and `pyker --version`."""

import os
import sys

import pyker
from pyker.cli.output import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

API = "1.41"  # the version of Docker's API whose words and documents pyker follows
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def main(_home: "Home", arguments: "Arguments") -> int:
    """Print one line for --version, else Docker's two blocks, which are one program here."""
    if arguments.settings.get("version"):
        say(f"pyker version {pyker.__version__}")
        return 0
    document = describe()
    format = arguments.text("format")
    if format == "json":
        from pyker.cli.jsontext import compact

        say(compact(document))
    elif format:
        from pyker.cli.template.parser import Template

        say(Template(format).render(document))
    else:
        say("\n\n".join(_block(name, document[name]) for name in ("Client", "Server")))
    return 0


def describe() -> "dict[str, Any]":
    """What `version` tells, under Docker's keys."""
    system = os.uname()
    part = {
        "Version": pyker.__version__,
        "ApiVersion": API,
        "PythonVersion": sys.version.partition(" ")[0],
        "Os": "linux",
        "Arch": ARCHITECTURES.get(system.machine, system.machine),
        "KernelVersion": system.release,
    }
    return {"Client": part, "Server": dict(part)}


def _block(name: str, part: "dict[str, Any]") -> str:
    rows = (
        ("Version", part["Version"]),
        ("API version", part["ApiVersion"]),
        ("Python version", part["PythonVersion"]),
        ("OS/Arch", f"{part['Os']}/{part['Arch']}"),
    )
    title = "Client: pyker" if name == "Client" else "Server: pyker (no daemon: the same program)"
    return "\n".join([title, *(f" {label + ':':<18} {value}" for label, value in rows)])
