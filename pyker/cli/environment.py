"""-e and --env-file of `run`, `create` and `exec`."""

from pyker.base.errors import InvalidError
from pyker.cli.numbers import bad_option
from pyker.model.environment import inherited_variables, variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.parse import Arguments


def environment_of(arguments: "Arguments") -> "tuple[str, ...]":
    """The variables asked for; InvalidError, in Docker's words, for what is none."""
    for word in arguments.many("env"):
        if not word or word.startswith("="):
            raise bad_option(arguments, "env", f"invalid environment variable: {word}", word)
    inherited: "tuple[str, ...]" = ()
    if arguments.flag("env_host") or arguments.flag("http_proxy"):
        inherited = inherited_variables(everything=arguments.flag("env_host"))
    try:
        return (*inherited, *variables(arguments.many("env"), arguments.many("env_file")))
    except ValueError as error:
        raise InvalidError(str(error), code=125) from None
