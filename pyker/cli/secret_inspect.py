"""`pyker secret inspect`."""

from pyker.cli.inspecting import print_documents
from pyker.engine.secrets import find_secret, secret_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Print what is known of secrets, and what they say with --showsecret alone."""
    show = arguments.flag("showsecret")

    def document(text: str) -> "dict[str, Any]":
        secret = find_secret(home, text)
        spec = {"Name": secret.name, "Driver": {"Name": "file", "Options": {}}, "Labels": dict(secret.labels)}
        found = {"ID": secret.id, "CreatedAt": secret.created, "UpdatedAt": secret.updated, "Spec": spec}
        said = {"SecretData": secret_data(home, secret).decode(errors="replace")} if show else {}
        return {**found, **said}

    return print_documents(arguments.words, document, arguments.text("format"))
