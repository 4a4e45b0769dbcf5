"""The words that every command on registries understands, read from a command line."""

from pyker.base.errors import InvalidError
from pyker.base.units import parse_duration
from pyker.cli.values import read_value
from pyker.image.credentials import Credential
from pyker.image.registry import Wishes
from pyker.image.transport import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.parse import Arguments


MOST_RETRIES = 100


def wishes_of(arguments: "Arguments") -> Wishes:
    """--tls-verify, --cert-dir, --authfile, --creds and --retry; InvalidError for what makes no sense."""
    verify = arguments.options.get("tls_verify")
    return Wishes(
        tls_verify=verify if isinstance(verify, bool) else None,
        cert_dir=arguments.text("cert_dir"),
        authfile=arguments.text("authfile"),
        credential=_credential(arguments.text("creds")),
        retries=read_value(arguments, "retry", _count, None),
        retry_delay=read_value(arguments, "retry_delay", _seconds, None),
    )


def _count(text: str) -> "int | None":
    if not (text.isascii() and text.isdecimal()) or int(text) > MOST_RETRIES:
        raise ValueError(f"must be a whole number up to {MOST_RETRIES}")
    return int(text)


def _seconds(text: str) -> "float | None":
    if not 0 <= (seconds := parse_duration(text)) <= LONGEST:
        raise ValueError(f"must be from 0 to {LONGEST:.0f}s")
    return seconds


def _credential(text: str) -> "Credential | None":
    if not text:
        return None
    username, _, password = text.partition(":")
    if not username:
        raise InvalidError(f"invalid argument {text!r} for --creds", hint="it is USERNAME:PASSWORD")
    return Credential(username, password)
