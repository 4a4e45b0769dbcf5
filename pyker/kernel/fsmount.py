"""New file systems as detached trees: fsopen(2), fsconfig(2), fsmount(2).

A tree that hangs nowhere yet can be filled and changed while nobody sees it, and is then attached to an
open directory, so that no path is looked up a second time.
"""

import os

from pyker.kernel.libc import fs_text, syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CLOEXEC = 1  # FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC in linux/mount.h
_SET_FLAG, _SET_STRING, _CREATE = 0, 1, 6


def new_filesystem(fstype: str, source: str, options: "Iterable[str]" = (), attributes: int = 0) -> int:
    """A descriptor for the root of a new *fstype* with "key" or "key=value" *options*, attached nowhere.

    Raises OSError; its text holds what the file system itself said, when it said anything.
    """
    context = syscall("fsopen", fs_text(fstype), _CLOEXEC, about=fstype)
    try:
        if source:
            _configure(context, f"source={source}")
        for option in options:
            _configure(context, option)
        syscall("fsconfig", context, _CREATE, None, None, 0)
        return syscall("fsmount", context, _CLOEXEC, attributes)
    except OSError as error:
        raise OSError(error.errno, f"mount {fstype}: {_complaint(context) or error.strerror}") from error
    finally:
        os.close(context)


def _configure(context: int, option: str) -> None:
    key, has_value, value = option.partition("=")
    if has_value:
        syscall("fsconfig", context, _SET_STRING, fs_text(key), fs_text(value), 0)
    else:
        syscall("fsconfig", context, _SET_FLAG, fs_text(key), None, 0)


def _complaint(context: int) -> str:
    """The file system's own words, read from its context one message a read, each with "e ", "w " or "i "."""
    said = []
    while True:
        try:
            said.append(os.read(context, 1024)[2:].decode(errors="replace").strip())
        except OSError:  # ENODATA: no more messages
            return "; ".join(said)
