"""Where the images of a registry come from: mirrors, plain HTTP, certificates, as the machine's files say.

Read are pyker's own registries.conf and the machine's (containers-registries.conf(5), version 2), Docker's
daemon.json, and the directories of certificates that all of them share (containers-certs.d(5)).
"""

import os

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, PykerError
from pyker.base.home import Home
from pyker.base.value import Value
from pyker.model.reference import DEFAULT_DOMAIN, Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HUB = "registry-1.docker.io"
_MAX_SETTINGS = 1 << 20


class Source(Value):
    """One place to ask for a repository."""

    host: str  # name[:port]
    path: str  # of the repository there
    insecure: bool = False  # its certificate is not checked, and plain HTTP will do
    mirror: bool = False


class Certificates(Value):
    """Files of certificates for one host."""

    authorities: "tuple[str, ...]" = ()
    client: str = ""
    key: str = ""


class Registries:
    """The settings of this machine and user, read once."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._tables: "list[dict[str, Any]]" = []
        for path in _settings_files(home):
            self._tables += _tables(path)
        daemon = _daemon()
        self.mirrors = tuple(map(str, _list(daemon.get("registry-mirrors"))))  # of Docker Hub alone
        self._insecure = tuple(map(str, _list(daemon.get("insecure-registries"))))

    def sources(self, reference: Reference) -> "list[Source]":
        """Where to look for *reference*: mirrors, then the registry; PykerError when it is blocked."""
        table = self._table(reference)
        if table.get("blocked"):
            raise PykerError(
                f"registry {reference.domain} is blocked", hint="registries.conf says so: blocked = true"
            )
        own = _located(reference, table, table)
        mirrors = [_located(reference, table, mirror, mirror=True) for mirror in _list(table.get("mirror"))]
        if reference.domain == DEFAULT_DOMAIN:
            mirrors += [_docker_mirror(url, reference.path) for url in self.mirrors]
        return [self._judged(source) for source in (*mirrors, own)]

    def _table(self, reference: Reference) -> "dict[str, Any]":
        """The [[registry]] with the longest prefix that fits."""
        best: "dict[str, Any]" = {}
        for table in self._tables:
            prefix = str(table.get("prefix") or table.get("location") or "")
            if _fits(reference.name, prefix) and len(prefix) > len(str(best.get("prefix") or "")):
                best = {**table, "prefix": prefix}
        return best

    def _judged(self, source: Source) -> Source:
        return source if source.insecure else source.replace(insecure=self.is_insecure(source.host))

    def is_insecure(self, host: str) -> bool:
        """Whether Docker's settings allow *host* to be spoken to without a checked certificate."""
        return any(_names_host(entry, host) for entry in self._insecure)

    def insecure(self) -> "tuple[str, ...]":
        """Every registry or range of addresses that may be insecure, as written."""
        tables = (
            str(table.get("location") or table.get("prefix"))
            for table in self._tables
            if table.get("insecure")
        )
        return (*self._insecure, *tables)

    def certificates(self, host: str, directory: str = "") -> Certificates:
        """The certificates for *host*: from *directory*, else from the first certs.d that has some."""
        for place in (directory,) if directory else _certificate_places(self._home.config, host):
            if found := _certificates(place):
                return found
        return Certificates()


def _settings_files(home: Home) -> "Iterator[str]":
    yield os.path.join(home.config, "registries.conf")
    user = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME', '/')}/.config"
    own = f"{user}/containers/registries.conf"
    main = own if home.rootless and os.path.exists(own) else "/etc/containers/registries.conf"
    yield main
    drop_ins = f"{main}.d"
    try:
        names = sorted(os.listdir(drop_ins))
    except OSError:
        return
    yield from (os.path.join(drop_ins, name) for name in names if name.endswith(".conf"))


def _tables(path: str) -> "list[dict[str, Any]]":
    import tomllib

    try:
        document = tomllib.loads(jsonfile.read_bytes(os.path.realpath(path), _MAX_SETTINGS).decode())
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorruptError(f"{path} is damaged: {error}", hint="see containers-registries.conf(5)") from None
    return [table for table in _list(document.get("registry")) if isinstance(table, dict)]


def _daemon() -> "dict[str, Any]":
    try:
        document = jsonfile.read("/etc/docker/daemon.json")
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return {}
    return document if isinstance(document, dict) else {}


def _list(value: object) -> "list[Any]":
    return value if isinstance(value, list) else []


def _fits(name: str, prefix: str) -> bool:
    """Whether a repository's full *name* is below *prefix*; `*.example.com` takes in every host there."""
    if prefix.startswith("*."):
        host = name.partition("/")[0].partition(":")[0]
        return host.endswith(prefix[1:])
    return bool(prefix) and (name == prefix or name.startswith((f"{prefix}/", f"{prefix}:")))


def _located(
    reference: Reference, table: "dict[str, Any]", place: "dict[str, Any]", *, mirror: bool = False
) -> Source:
    """*reference* with its prefix replaced by the location of *place*."""
    location, prefix = str(place.get("location") or ""), str(table.get("prefix") or "")
    name = reference.name
    if location and not prefix.startswith("*."):
        name = location + name[len(prefix) :]
    host, _, path = name.partition("/")
    return Source(HUB if host == DEFAULT_DOMAIN else host, path, bool(place.get("insecure")), mirror)


def _docker_mirror(url: str, path: str) -> Source:
    scheme, sign, rest = url.partition("://")
    host, _, prefix = (rest if sign else scheme).rstrip("/").partition("/")
    return Source(host, f"{prefix}/{path}" if prefix else path, scheme == "http", mirror=True)


def _names_host(entry: str, host: str) -> bool:
    import ipaddress

    name = host.rpartition(":")[0] or host if not host.endswith("]") else host
    if entry in (host, name):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")) in ipaddress.ip_network(entry)
    except ValueError:
        return False


def _certificate_places(config: str, host: str) -> "tuple[str, ...]":
    user = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME', '/')}/.config"
    parents = (config, f"{user}/containers", "/etc/containers", "/etc/docker")
    return tuple(f"{parent}/certs.d/{host}" for parent in parents)


def _certificates(place: str) -> "Certificates | None":
    try:
        names = sorted(os.listdir(place))
    except OSError:
        return None
    authorities = tuple(os.path.join(place, name) for name in names if name.endswith(".crt"))
    client = next((os.path.join(place, name) for name in names if name.endswith(".cert")), "")
    key = f"{client[: -len('.cert')]}.key" if client else ""
    return Certificates(authorities, client, key) if authorities or client else None
