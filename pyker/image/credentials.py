"""Who we are at which registry: pyker's, Podman's and Docker's files, and Docker's credential helpers.

The files are JSON as containers-auth.json(5) and Docker's config.json describe them. What `login` is
told goes into pyker's own file, or where --authfile or $REGISTRY_AUTH_FILE say.
"""

import base64
import binascii
import os
import subprocess

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, PykerError
from pyker.base.home import Home
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.model.reference import DEFAULT_DOMAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HUB_KEY = "https://index.docker.io/v1/"
_HUB_NAMES = (DEFAULT_DOMAIN, "index.docker.io", "registry-1.docker.io")
_TOKEN_USER = "<token>"  # noqa: S105 - what helpers call a user who has a refresh token
_PATIENCE = 60  # seconds for a helper, which may ask a person


class Credential(Value):
    """A user's name and password, or the refresh token that stands for both."""

    username: str = ""
    password: str = ""
    identity_token: str = ""

    def basic(self) -> str:
        """The value of an Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def own_file(home: Home) -> str:
    """The file that `login` writes: $REGISTRY_AUTH_FILE, or auth.json in pyker's configuration."""
    return os.environ.get("REGISTRY_AUTH_FILE") or os.path.join(home.config, "auth.json")


def files(home: Home) -> "tuple[str, ...]":
    """The files to look into, the first that knows a registry wins."""
    if os.environ.get("REGISTRY_AUTH_FILE"):
        return (own_file(home),)
    user = os.environ.get("HOME", "/")
    run = os.environ.get("XDG_RUNTIME_DIR", "") if home.rootless else ""
    settings = os.environ.get("XDG_CONFIG_HOME") or f"{user}/.config"
    docker = os.environ.get("DOCKER_CONFIG") or f"{user}/.docker"
    return (
        own_file(home),
        f"{run}/containers/auth.json" if run else "/run/containers/0/auth.json",
        f"{settings}/containers/auth.json",
        f"{docker}/config.json",
    )


def find_credential(home: Home, domain: str, path: str = "", *, authfile: str = "") -> "Credential | None":
    """The credential for repository *path* at registry *domain* (`host[:port]`); None when nobody knows one.

    Raises CorruptError for a file that is damaged, PykerError when a helper fails.
    """
    for file in (authfile,) if authfile else files(home):
        document = _read(file)
        if document and (found := _in_document(document, domain, path)):
            return found
    return None


def _read(path: str) -> "dict[str, Any]":
    try:
        document = jsonfile.read(os.path.realpath(path))  # people keep links to their dotfiles
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}  # the last: another user's, which a changed $HOME leads to
    if not isinstance(document, dict):
        raise CorruptError(f"{path} holds no JSON object", hint=f"mend or remove {path}")
    return document


def _in_document(document: "dict[str, Any]", domain: str, path: str) -> "Credential | None":
    for key in _keys(domain, path):
        helper = (document.get("credHelpers") or {}).get(key)
        if helper and (found := _ask_helper(str(helper), key)):
            return found
        for written, entry in (document.get("auths") or {}).items():
            if _host(written) == key and isinstance(entry, dict) and (found := _entry(entry)):
                return found
    store = document.get("credsStore")
    return _ask_helper(str(store), server_key(domain)) if store else None


def _keys(domain: str, path: str) -> "Iterator[str]":
    """The repository, the namespaces it is in, the registry: the closest first."""
    parts = [domain, *path.split("/")] if path else [domain]
    while parts:
        yield "/".join(parts)
        parts.pop()
    if domain in _HUB_NAMES:
        yield from _HUB_NAMES


def server_key(domain: str) -> str:
    """Under which key a registry's credential is kept; Docker Hub has a historic one."""
    return HUB_KEY if domain in _HUB_NAMES else domain


def _host(key: str) -> str:
    """A key without scheme, and without the API version that old entries have."""
    bare = key.partition("://")[2] or key
    return bare.removesuffix("/").removesuffix("/v1").removesuffix("/v2")


def _entry(entry: "dict[str, Any]") -> "Credential | None":
    token = str(entry.get("identitytoken") or "")
    try:
        pair = base64.b64decode(str(entry.get("auth") or ""), validate=True).decode()
    except (binascii.Error, ValueError):
        raise CorruptError("a credential is damaged", hint="log in again: pyker login") from None
    username, _, password = pair.partition(":")
    username, password = (
        username or str(entry.get("username") or ""),
        password or str(entry.get("password") or ""),
    )
    if not token and not username:
        return None
    return Credential(username, password.rstrip("\0"), token)


def _ask_helper(name: str, server: str) -> "Credential | None":
    done = _run_helper(name, "get", server)
    if done.returncode:
        return None  # helpers say so when they have nothing, each in other words
    try:
        answer = jsonfile.loads(done.stdout)
        username, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError):
        raise CorruptError(f"docker-credential-{name} gave no credential") from None
    if username == _TOKEN_USER:
        return Credential(identity_token=secret)
    return Credential(username, secret) if username else None


def _run_helper(name: str, verb: str, text: str) -> "subprocess.CompletedProcess[bytes]":
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise CorruptError(f"invalid name of a credential helper: {name[:100]!r}")
    program = f"docker-credential-{name}"
    try:
        return subprocess.run(
            [program, verb], input=text.encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError:
        raise PykerError(
            f"{program} is not installed", hint="it is named in the file with your logins"
        ) from None
    except subprocess.TimeoutExpired:
        raise PykerError(f"{program} did not answer within {_PATIENCE} seconds") from None


def store_credential(file: str, domain: str, credential: Credential) -> None:
    """Keep *credential* for *domain* in *file*, or in the helper that *file* names."""
    with hold_file(file):
        _store(file, _read(file), server_key(domain), credential)


def _store(file: str, document: "dict[str, Any]", key: str, credential: Credential) -> None:
    helper = (document.get("credHelpers") or {}).get(key) or document.get("credsStore")
    if helper:
        secret = {"ServerURL": key, "Username": credential.username, "Secret": credential.password}
        if credential.identity_token:
            secret |= {"Username": _TOKEN_USER, "Secret": credential.identity_token}
        done = _run_helper(str(helper), "store", jsonfile.dumps(secret))
        if done.returncode:
            raise PykerError(
                f"docker-credential-{helper}: {done.stdout.decode(errors='replace').strip()[:200]}"
            )
        return
    entry = {"auth": credential.basic().removeprefix("Basic ")}
    if credential.identity_token:
        entry["identitytoken"] = credential.identity_token
    _write(file, {**document, "auths": {**(document.get("auths") or {}), key: entry}})


def forget_credential(file: str, domain: str) -> bool:
    """Remove what *file* (or its helper) knows of *domain*; whether there was something."""
    with hold_file(file):
        return _forget(file, _read(file), domain)


def _forget(file: str, document: "dict[str, Any]", domain: str) -> bool:
    key = server_key(domain)
    helper = (document.get("credHelpers") or {}).get(key) or document.get("credsStore")
    gone = bool(helper) and _run_helper(str(helper), "erase", key).returncode == 0
    auths = document.get("auths") or {}
    names = _HUB_NAMES if domain in _HUB_NAMES else (domain,)
    left = {written: entry for written, entry in auths.items() if _host(written) not in names}
    if len(left) == len(auths):
        return gone
    _write(file, {**document, "auths": left})
    return True


def known_registries(file: str) -> "list[str]":
    """The registries that *file* itself has credentials for, as they are written there."""
    return [_host(key) for key in (_read(file).get("auths") or {})]


def _write(file: str, document: "dict[str, Any]") -> None:
    jsonfile.write(os.path.realpath(file), document)


def hold_file(file: str) -> Lock:
    """Keep other logins from changing *file* meanwhile, in a `with`; its directory is made."""
    os.makedirs(os.path.dirname(os.path.realpath(file)), 0o700, exist_ok=True)
    return Lock(f"{os.path.realpath(file)}.lock")
