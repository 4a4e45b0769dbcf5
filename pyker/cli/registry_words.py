"""The words that every command on registries understands, read from a command line."""

from pyker.base.errors import InvalidError
from pyker.image.credentials import Credential
from pyker.image.registry import Wishes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.parse import Arguments


def wishes_of(arguments: "Arguments") -> Wishes:
    """--tls-verify, --cert-dir, --authfile and --creds; InvalidError for a credential without a name."""
    verify = arguments.options.get("tls_verify")
    return Wishes(
        tls_verify=verify if isinstance(verify, bool) else None,
        cert_dir=arguments.text("cert_dir"),
        authfile=arguments.text("authfile"),
        credential=_credential(arguments.text("creds")),
    )


def _credential(text: str) -> "Credential | None":
    if not text:
        return None
    username, _, password = text.partition(":")
    if not username:
        raise InvalidError(f"invalid argument {text!r} for --creds", hint="it is USERNAME:PASSWORD")
    return Credential(username, password)
