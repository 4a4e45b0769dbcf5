"""`login` and `logout`: what is kept of who we are at a registry."""

from pyker.base.home import Home
from pyker.image.credentials import (
    Credential,
    find_credential,
    forget_credential,
    known_registries,
    own_file,
    store_credential,
)
from pyker.image.registry import Wishes, check_login
from pyker.model.reference import DEFAULT_DOMAIN

_HUB_NAMES = ("", "docker.io", "index.docker.io", "registry-1.docker.io", "hub.docker.com")


def server_name(text: str) -> str:
    """The registry (`host[:port]`) that a person means by a name or an address; Docker Hub by nothing."""
    host = (text.partition("://")[2] or text).partition("/")[0]
    return DEFAULT_DOMAIN if host in _HUB_NAMES else host


def known_login(home: Home, domain: str, authfile: str = "") -> "Credential | None":
    """Who we are at *domain* so far."""
    return find_credential(home, domain, authfile=authfile)


def login(home: Home, domain: str, wishes: Wishes) -> str:
    """Check *wishes.credential* at registry *domain* and keep it; gives the file it is kept in.

    Raises DeniedError when the registry refuses it; nothing is kept then.
    """
    check_login(home, domain, wishes)
    file = wishes.authfile or own_file(home)
    store_credential(file, domain, wishes.credential or Credential())
    return file


def logout(home: Home, domain: str, authfile: str = "") -> bool:
    """Forget who we are at *domain*; whether anything was known."""
    return forget_credential(authfile or own_file(home), domain)


def logged_in(home: Home, authfile: str = "") -> "list[str]":
    """The registries we are logged in to by pyker's own file."""
    return known_registries(authfile or own_file(home))
