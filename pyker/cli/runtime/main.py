"""The entry of `pyker-runtime`: a command line in, an exit code out, every failure a line of the log."""

import gc
import os
import sys

from pyker.base.errors import InvalidError, PykerError
from pyker.base.value import Value
from pyker.cli.main import PATIENCE, keep_standard_descriptors
from pyker.cli.output import OutputClosed, say
from pyker.cli.runtime.log import Log
from pyker.cli.runtime.table import COMMANDS, GLOBAL
from pyker.cli.runtime.words import Given, UsageError, check_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

NEVER = ("checkpoint", "restore")  # commands of runc that need CRIU
FAILED, UNKNOWN, EXEC_FAILED, INTERRUPTED, CLOSED = 1, 3, 255, 130, 141


class Place(Value):
    """What the global options say to every command."""

    root: str
    log: Log
    systemd: bool = False
    rootless: bool = False  # control groups that a user may not have are no matter


def entry() -> "NoReturn":
    """Run the command line of this process and leave, without the interpreter's slow farewell."""
    gc.set_threshold(PATIENCE)
    keep_standard_descriptors()
    os._exit(main(sys.argv[1:]))


def main(argv: "list[str]") -> int:
    """Do what *argv* says; the exit code."""
    given = Given(GLOBAL)
    try:
        given.read(argv)
    except UsageError as error:
        from pyker.cli.runtime.help import of_all

        say(f"Incorrect Usage. {error.message}\n\n{of_all()}")
        Log().failed(error.message)
        return FAILED
    try:
        place = _place(given)
        return _command(given, place) if given.words else _show(given)
    except PykerError as error:
        Log().failed(error.message)
        return FAILED
    except OutputClosed:
        return CLOSED


def _place(given: Given) -> Place:
    if (form := given.text("log-format")) not in ("text", "json"):
        raise InvalidError(f"invalid log-format: {form}")
    if (rootless := given.text("rootless")) not in ("true", "false", "auto"):
        raise InvalidError(f"invalid rootless: {rootless}: true, false or auto")
    user = rootless == "true" or (rootless == "auto" and _is_user())
    log = Log(given.text("log"), json=form == "json")
    log.require()
    return Place(
        os.path.abspath(given.text("root") or _state_root()), log, given.flag("systemd-cgroup"), user
    )


def _is_user() -> bool:
    """Whether the machine's root is somebody else: also for who is root of a user namespace, as Podman's."""
    if os.geteuid():
        return True
    from pyker.runtime.inside import in_initial_user_namespace

    return not in_initial_user_namespace()


def _state_root() -> str:
    """Below $XDG_RUNTIME_DIR for a user, but not for who has become root of a namespace and says so."""
    place = os.environ.get("XDG_RUNTIME_DIR")
    mine = bool(place) and (os.geteuid() != 0 or (os.environ.get("USER") != "root" and _is_user()))
    return os.path.join(place if place and mine else "/run", "pyker-runtime")


def _show(given: Given) -> int:
    from pyker.cli.runtime import help as texts

    say(texts.version() if given.flag("version") else texts.of_all())
    return 0


def _command(options: Given, place: Place) -> int:
    name, *rest = options.words
    if options.flag("help") or options.flag("version"):
        return _show(options)
    if name in ("help", "h"):
        return _help(rest, place)
    if name in NEVER:
        place.log.failed(f"{name} is not supported: containers are not saved and restored (CRIU) here")
        return FAILED
    if name not in COMMANDS:
        place.log.failed(f"No help topic for '{name}'")
        return UNKNOWN
    if any(word in ("-h", "--help", "-help") for word in rest[:1]):
        return _help([name], place)
    command = COMMANDS[name]
    given = Given(command.options)
    try:
        given.read(rest)
        check_count(name, command, given.words)
    except UsageError as error:
        return _misused(name, error, place)
    return _perform(name, given, place)


def _help(words: "list[str]", place: Place) -> int:
    from pyker.cli.runtime.help import of_all, of_command

    if words and words[0] not in COMMANDS:
        place.log.failed(f"No help topic for '{words[0]}'")
        return UNKNOWN
    say(of_command(words[0]) if words else of_all())
    return 0


def _misused(name: str, error: UsageError, place: Place) -> int:
    from pyker.cli.runtime.help import of_command

    undefined = "" if error.message.startswith("pyker-runtime:") else f": {error.message}"
    say(f"Incorrect Usage{undefined or '.'}\n\n{of_command(name)}")
    place.log.failed(error.message)
    return FAILED


def _perform(name: str, given: Given, place: Place) -> int:
    """Run the command; what fails is told as runc tells it, with its exit code."""
    prefix = f"pyker-runtime {name} failed: " if name in ("create", "run") else ""
    prefix = "exec failed: " if name == "exec" else prefix
    code = EXEC_FAILED if name == "exec" else FAILED
    module = __import__(f"pyker.cli.runtime.{COMMANDS[name].module}", fromlist=("main",))
    try:
        return int(getattr(module, f"do_{name}")(place, given))
    except PykerError as error:
        place.log.failed(f"{prefix}{_words(error)}")
    except OutputClosed:
        return CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        place.log.failed(f"{prefix}{where}{(error.strerror or str(error)).lower()}")
    except Exception as error:  # noqa: BLE001 - the last border: words instead of a traceback
        place.log.failed(f"{prefix}internal error: {type(error).__name__}: {error}")
        _debug()
    return code


def _words(error: PykerError) -> str:
    """The message; what befell the container's own process is told as runc tells it."""
    begun = "unable to start container process: " if error.code in (125, 126, 127) else ""
    return f"{begun}{error.message}"


def _debug() -> None:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
