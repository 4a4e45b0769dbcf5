"""The entry point: a command line in, an exit code out, and the border no exception crosses.

An ordinary line is read by the generated table and goes straight to its command's module; help,
mistakes and anything unusual are Typer's (`pyker.cli.tree`).
"""

import gc
import os
import sys

from pyker.base.errors import PykerError
from pyker.cli.output import OutputClosed, complain, explained
from pyker.cli.parse import Arguments, quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

PATIENCE = 50_000  # objects before the collector looks: a short command makes fewer and is not held up
FAILED, RUN_FAILED, INTERRUPTED, CLOSED = 1, 125, 130, 141


def entry() -> "NoReturn":
    """Run the command line of this process and leave, without the interpreter's slow farewell."""
    gc.set_threshold(PATIENCE)
    keep_standard_descriptors()
    os._exit(main(sys.argv[1:]))


def keep_standard_descriptors() -> None:
    """Open /dev/null where 0, 1 or 2 is closed: else the next file opened would become our output."""
    while (descriptor := os.open("/dev/null", os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def main(argv: "list[str]") -> int:
    """Do what *argv* says; the exit code. Errors are words on standard error, never a traceback."""
    failed = FAILED
    try:
        arguments = understand(argv)
        if arguments is None:
            return 0
        failed = RUN_FAILED if arguments.body == "run" else FAILED
        return perform(arguments)
    except PykerError as error:
        return _explain(error, failed)
    except OutputClosed:
        return CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        _debug(argv)
        return _system_error(error, failed)
    except Exception as error:  # noqa: BLE001 - the last border: words instead of a traceback
        _debug(argv)
        return _bug(error, failed)


def understand(argv: "list[str]") -> "Arguments | None":
    """The meaning of *argv*; None when it asked for help, which has been printed. UsageError when wrong."""
    from pyker.cli.table import COMMANDS, GROUPS, SETTINGS

    arguments = quick(argv, COMMANDS, GROUPS, SETTINGS)
    if arguments is not None:
        return arguments
    from pyker.cli.tree.app import understand as understand_fully

    return understand_fully(argv)


def perform(arguments: Arguments) -> int:
    """Hand a line that was understood to the module of its command."""
    settings = arguments.settings
    body = arguments.body
    if settings.get("version"):
        body = "version"
    if "host" in settings:
        raise PykerError("pyker has no daemon, so there is no host to connect to", hint="leave -H/--host out")
    from pyker.base.home import find_home

    home = find_home(str(settings.get("root", "")), str(settings.get("runroot", "")))
    module = __import__(f"pyker.cli.{body}", fromlist=("main",))
    return int(module.main(home, arguments))


def _explain(error: PykerError, failed: int) -> int:
    if usage := getattr(error, "usage", ""):
        complain(f"Error: {error.message}\n\n{usage}\n\n{error.hint}")
    else:
        complain(explained(error))
    return failed if error.code == FAILED and not usage else error.code


def _system_error(error: OSError, failed: int) -> int:
    """Words for a refusal of the kernel that no floor below expected."""
    import errno

    where = f"{error.filename}: " if error.filename else ""
    complain(f"Error: {where}{(error.strerror or str(error)).lower()}")
    hints = {
        errno.ENOSPC: "the disk is full: free some space, e.g. pyker rm, pyker rmi",
        errno.EDQUOT: "the disk quota is used up: free some space, e.g. pyker rm, pyker rmi",
        errno.EACCES: "the files may belong to another user: see --root and --runroot",
        errno.EROFS: "the file system is read-only: choose another place with --root",
        errno.EMFILE: "too many open files: raise the limit (ulimit -n)",
    }
    if error.errno in hints:
        complain(f"hint: {hints[error.errno]}")
    return failed


def _bug(error: Exception, failed: int) -> int:
    complain(f"Error: internal error: {type(error).__name__}: {error}")
    complain("hint: this is a fault in pyker; run the command again with --debug and report what it shows")
    return failed


def _debug(argv: "list[str]") -> None:
    if any(word in ("-D", "--debug") for word in argv[:6]):
        import traceback

        complain(traceback.format_exc().rstrip())
