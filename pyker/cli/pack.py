"""Making the bundle that the installed command imports from: `python -m pyker.cli.pack FILE [STAGE]`."""

import os
import sys

import pyker
from pyker.base.bundle import pack
from pyker.base.jsonfile import write_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

SLOW = ("pyker.cli.tree", "pyker.cli.generate", "pyker.cli.pack")  # Typer's half of the command line


def modules(package: str) -> "Iterator[tuple[str, bool, str]]":
    """(name, is a package, file) of each module worth bundling."""
    for folder, folders, files in os.walk(package):
        folders.sort()
        for file in sorted(files):
            if not file.endswith(".py"):
                continue
            path = os.path.join(folder, file)
            name = os.path.relpath(path, os.path.dirname(package))[:-3].replace("/", ".")
            is_package = name.endswith(".__init__")
            name = name.removesuffix(".__init__")
            if not name.startswith(SLOW):
                yield name, is_package, path


def compiled(path: str, shown: str) -> "CodeType":
    """The code of the file at *path*, *shown* in tracebacks, without docstrings, which nobody reads then."""
    with open(path, "rb") as file:
        return compile(file.read(), shown, "exec", dont_inherit=True, optimize=2)


def main(target: str, stage: str = "") -> int:
    """Write the bundle of the package this module belongs to, installed below *stage* to be moved to "/"."""
    package = os.path.dirname(os.path.abspath(pyker.__file__))
    found = {
        name: (is_package, path.removeprefix(stage), compiled(path, path.removeprefix(stage)))
        for name, is_package, path in modules(package)
    }
    write_bytes(target, pack(found, package), durable=False, mode=0o644)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
