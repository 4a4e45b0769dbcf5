"""`pyker exec`: one more command in a container that runs."""

import os

from pyker.base.errors import InvalidError
from pyker.cli.output import complain, warn
from pyker.engine.exec import execute
from pyker.model.exec_request import ExecRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Execute the command; its exit code, or 0 when it was detached."""
    name, *command = _words(home, arguments)
    request = ExecRequest(
        tuple(command),
        tty=arguments.flag("tty"),
        interactive=arguments.flag("interactive"),
        detach=arguments.flag("detach"),
        user=arguments.text("user"),
        working_directory=arguments.text("workdir"),
        environment=_environment(arguments),
        privileged=arguments.flag("privileged"),
        detach_keys=arguments.text("detach_keys"),
        descriptors=_descriptors(arguments),
    )
    if request.tty and request.interactive and not request.detach and not os.isatty(0):
        complain(
            "Error: the input device is not a TTY\nhint: leave -t out when standard input is no terminal"
        )
        return 1
    return execute(home, name, request, warn=warn)


def _words(home: "Home", arguments: "Arguments") -> "tuple[str, ...]":
    """The container and the command; the line may name the container by --latest or --cidfile."""
    if not (arguments.flag("latest") or arguments.given("cidfile")):
        if len(arguments.words) < 2:
            from pyker.cli.choosing import too_few

            too_few(arguments, 2, len(arguments.words))
        return arguments.words
    from pyker.cli.choosing import latest_container, read_cidfile

    if not arguments.flag("latest"):
        return (read_cidfile(arguments.text("cidfile")), *arguments.words)
    if arguments.given("cidfile"):
        raise InvalidError("--latest and --cidfile cannot be used together")
    return (latest_container(home).id, *arguments.words)


def _descriptors(arguments: "Arguments") -> "tuple[int, ...]":
    if not (arguments.given("preserve_fd") or arguments.given("preserve_fds")):
        return ()
    from pyker.cli.preserved import preserved

    return preserved(arguments)


def _environment(arguments: "Arguments") -> "tuple[str, ...]":
    if not (arguments.given("env") or arguments.given("env_file")):
        return ()
    from pyker.cli.environment import environment_of

    return environment_of(arguments)
