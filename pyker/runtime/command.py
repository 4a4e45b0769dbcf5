"""From the first word of a command to the file that is executed, inside the container's root."""

import os
import stat

from pyker.base.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def find_command(name: str, environment: "Sequence[str]") -> str:
    """The path execve(2) is to be given for *name*, looked up in the PATH of *environment*.

    Called in the container's root, as its user. Raises CommandError: 127 when no directory of PATH
    has it, 126 when what is there cannot be executed.
    """
    if "/" in name:
        return _existing(name)
    search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    for variable in environment:
        if variable.startswith("PATH="):
            search = variable[5:]
    refused = ""
    for directory in search.split(":"):
        candidate = f"{directory or '.'}/{name}"
        if _is_file(candidate):
            if os.access(candidate, os.X_OK):
                return candidate
            refused = candidate
    if refused:
        raise CommandError(f'exec: "{name}": permission denied', hint=f"{refused} is not executable")
    raise CommandError(f'exec: "{name}": executable file not found in $PATH', code=127)


def _existing(path: str) -> str:
    """*path* back; a missing file is told from a missing interpreter, for which execve(2) has one errno."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        reason = (error.strerror or "").lower()
        code = 127 if isinstance(error, (FileNotFoundError, NotADirectoryError)) else 126
        raise CommandError(f'exec: "{path}": stat {path}: {reason}', code=code) from None
    if stat.S_ISDIR(mode) or not os.access(path, os.X_OK):
        raise CommandError(f'exec: "{path}": permission denied', hint=f"{path} is not executable")
    return path


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False
