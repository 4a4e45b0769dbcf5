"""The host's programs inside a container: a Python and a C library where the image has only busybox."""

from tests.support.command import Pyker

MOUNTS = tuple(word for path in ("/usr", "/lib", "/lib64") for word in ("-v", f"{path}:{path}:ro"))
PYTHON = "/usr/bin/python3"


def python_in(pyker: Pyker, code: str, *options: str) -> str:
    """What *code* prints when the host's Python runs it inside a new container made with *options*."""
    return pyker.out("run", "--rm", "--network", "none", *MOUNTS, *options, "busybox", PYTHON, "-c", code)
