"""Where the command under test comes from."""

import compileall
import os
import shutil
import sys
from pathlib import Path

TREE = Path(__file__).parents[2]
LAUNCHER = """#!/usr/bin/python3 -IS
import sys
sys.path[:0] = [{tree!r}]
sys.path.append({site!r})
from {module} import entry

entry()
"""


def program(directory: Path) -> str:
    """The command to test: $PYKER_COMMAND (`make test` sets it), else a copy of this tree.

    `pyker-runtime` lies beside it.
    """
    if named := os.environ.get("PYKER_COMMAND"):
        return named
    copy = directory / "tree"
    shutil.copytree(TREE / "pyker", copy / "pyker", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(copy, quiet=1)
    site = next(path for path in sys.path if path.endswith("site-packages"))
    for name, module in (("pyker", "pyker.cli.main"), ("pyker-runtime", "pyker.cli.runtime.main")):
        launcher = directory / name
        text = LAUNCHER.format(tree=str(copy), site=site, module=module)
        launcher.write_text(text, encoding="utf-8")
        launcher.chmod(0o755)
    return str(directory / "pyker")
