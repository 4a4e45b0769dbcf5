"""`pyker secret rm`."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.cli.output import say
from pyker.cli.several import each
from pyker.engine.secrets import all_secrets, remove_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Remove the secrets named, or all, and print their ids."""
    everything = arguments.flag("all")
    if bool(arguments.words) == everything:
        raise InvalidError("`pyker secret rm` requires one argument, or the --all flag", code=125)

    def remove(text: str) -> None:
        try:
            say(remove_secret(home, text))
        except NotFoundError:
            if not arguments.flag("ignore"):
                raise

    words = [secret.id for secret in all_secrets(home)] if everything else arguments.words
    return each(words, remove, echo=False)
