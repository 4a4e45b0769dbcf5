"""`pyker login`: show a registry who we are, and keep it for pull and push."""

import os
import sys

from pyker.base.errors import InvalidError
from pyker.cli.output import complain, say
from pyker.cli.registry_words import wishes_of
from pyker.engine.login import known_login, login, server_name
from pyker.image.authorization import DeniedError
from pyker.image.credentials import Credential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Ask for what is missing, check it at the registry, keep it."""
    domain = server_name(arguments.words[0] if arguments.words else "")
    wishes = wishes_of(arguments)
    known = known_login(home, domain, wishes.authfile)
    if arguments.flag("get_login"):
        return _tell(known, domain)
    if known and not (arguments.given("username") or arguments.given("password_stdin")):
        say("Authenticating with existing credentials...")
        try:
            login(home, domain, wishes.replace(credential=known))
        except DeniedError as error:
            complain(f"Login did not succeed, error: {error.message}")
        else:
            say("Login Succeeded")
            return 0
    file = login(home, domain, wishes.replace(credential=_asked(arguments, known)))
    complain(f"WARNING! Your password is stored unencrypted in {file}.")
    complain("A credential helper can keep it instead: name it there as credsStore.")
    say("Login Succeeded")
    return 0


def _tell(known: "Credential | None", domain: str) -> int:
    if known is None:
        raise DeniedError(f"not logged into {domain}", hint=f"pyker login {domain}")
    say(known.username or "<token>")
    return 0


def _asked(arguments: "Arguments", known: "Credential | None") -> Credential:
    username, password = arguments.text("username"), arguments.text("password")
    if arguments.flag("password_stdin"):
        if password:
            raise InvalidError(
                "--password and --password-stdin are mutually exclusive", hint="use the latter"
            )
        if not username:
            raise InvalidError("Must provide --username with --password-stdin", hint="add -u NAME")
        return Credential(username, sys.stdin.read().rstrip("\r\n"))
    if password:
        complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
    elif not os.isatty(0):
        raise InvalidError(
            "Cannot perform an interactive login from a non TTY device", hint="use -u NAME --password-stdin"
        )
    return Credential(username or _ask_username(known), password or _ask_password())


def _ask_username(known: "Credential | None") -> str:
    default = known.username if known else ""
    say(f"Username ({default}): " if default else "Username: ", end="")
    name = sys.stdin.readline().strip() or default
    if not name:
        raise InvalidError("username is required", hint="type one, or give -u NAME")
    return name


def _ask_password() -> str:
    import getpass

    password = getpass.getpass("Password: ")
    if not password:
        raise InvalidError("password is required", hint="type one, or give --password-stdin")
    return password
