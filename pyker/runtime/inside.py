"""What both halves of the work inside share: a start's child and one more process of `exec`.

Everything here runs in a Python that is about to stand in a root the image controls.
"""

import errno
import os
import sys

from pyker.kernel.libc import syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_JOIN_SESSION_KEYRING = 1  # keyctl(2)


def in_initial_user_namespace() -> bool:
    """Whether this process's root is the machine's root."""
    with open("/proc/self/uid_map", encoding="utf-8") as file:
        return file.read().split() == ["0", "0", "4294967295"]


def score(process: "dict[str, Any]") -> None:
    """Set what the out-of-memory killer is told; a user may not lower it and keeps what was inherited."""
    if (wanted := process.get("oomScoreAdj")) is None:
        return
    try:
        write_proc("/proc/self/oom_score_adj", str(wanted))
    except PermissionError:
        return


def write_proc(path: str, value: str) -> None:
    """Write *value* to a file of the host's /proc."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(value)


def leave_session_keyring() -> None:
    """Leave the caller's keys for a keyring without a name: one by name would be shared. See keyctl(2)."""
    try:
        syscall("keyctl", _JOIN_SESSION_KEYRING, None)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM, errno.EDQUOT, errno.EACCES):
            raise


def forget_imports() -> None:
    """From here on no module can be found: what is not loaded stays unknown."""
    sys.meta_path.clear()
    sys.path_hooks.clear()
    sys.path.clear()
    sys.path_importer_cache.clear()


def enter_directory(path: str) -> None:
    """chdir(2); a directory outside the container's root is refused (CVE-2024-21626)."""
    os.chdir(path)
    if not os.getcwd().startswith("/"):
        raise OSError(errno.EACCES, "the working directory lies outside the container", path)
