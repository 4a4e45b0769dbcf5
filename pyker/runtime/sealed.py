"""Running from a copy of the interpreter that cannot be written.

A process of a container with CAP_SYS_PTRACE may look into ours the moment we join its pid namespace,
non-dumpable or not, and through /proc/PID/exe reach the host's Python (CVE-2019-5736). So a command
that joins such a container first executes itself again from a sealed memfd.
"""

import os
import sys

from pyker.kernel.stub import sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_MARK = "/memfd:pyker-python"


def run_sealed() -> None:
    """Go on from a sealed copy: when this is none, execute the same command line from one."""
    if os.readlink("/proc/self/exe").startswith(_MARK):
        return
    execute_sealed(sys.orig_argv)


def execute_sealed(argv: "list[str]") -> "NoReturn":
    """Become *argv*, a command line of this interpreter, run by a sealed copy of it."""
    with open(sys.executable, "rb") as file:
        copy = sealed(file.read(), "pyker-python")
    os.execve(copy, argv, dict(os.environ))
