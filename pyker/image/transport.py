"""HTTP for registries: which scheme, which redirects, which waits; what to hide from whom.

urllib3 keeps the connections; redirects are followed here, because a token must not travel to another
host (CVE-2020-15157) and nothing that began over TLS may go on without it.
"""

import os
import threading
import time
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, SSLError
from urllib3.response import BaseHTTPResponse

from pyker.base.errors import CorruptError, PykerError
from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO

    Body = bytes | BinaryIO

MAX_REDIRECTS = 5
LONGEST = 30.0  # seconds between two attempts
_FIRST = 0.25  # seconds before the second one, doubled for each after it
_TIMEOUT = urllib3.Timeout(connect=15.0, read=60.0)  # a stalled transfer is dropped, and taken up again
_BUSY = (408, 429, 500, 502, 503, 504)
_CHUNK = 1 << 20
_AGENT = "pyker"


class NetworkError(PykerError):
    """The other side cannot be reached, or broke off."""


class Access(Value):
    """How one host (`name[:port]`) may be spoken to."""

    host: str
    schemes: "tuple[str, ...]" = ("https",)  # to be tried in this order
    verify: bool = True  # its certificate
    authorities: "tuple[str, ...]" = ()  # files of certificates to trust beside the system's
    client: str = ""  # files of our own certificate and its key
    key: str = ""
    attempts: int = 5
    pause: "float | None" = None  # seconds before each further attempt; None: more and more


class Transport:
    """Requests to one registry; which of its schemes it speaks is found out once, when there are several."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._context = _tls(access)
        self._known = access.schemes[0] if len(access.schemes) == 1 else ""
        self._pool = self._pool_for(access.schemes[0])
        self._lock = threading.Lock()

    @property
    def base(self) -> str:
        """`scheme://host` of the registry."""
        with self._lock:
            if not self._known:
                self._known = self._found_out()
        return f"{self._known}://{self._access.host}"

    def _found_out(self) -> str:
        """The first scheme that is answered in; the last one is left to fail where it is used."""
        for scheme in self._access.schemes[:-1]:
            self._pool = self._pool_for(scheme)
            try:
                response = self._pool.request(
                    "GET", f"{scheme}://{self._access.host}/v2/", retries=False, redirect=False
                )
            except (SSLError, ProtocolError):
                continue
            except HTTPError:
                return scheme  # nobody there: told by the request that is meant
            if response.status != 400 or b"HTTPS" not in response.data:
                return scheme
        self._pool = self._pool_for(self._access.schemes[-1])
        return self._access.schemes[-1]

    def request(
        self,
        method: str,
        url: str,
        headers: "dict[str, str]",
        *,
        authorization: str = "",
        body: "Body" = b"",
    ) -> BaseHTTPResponse:
        """The response to *url*, redirects followed, body not read yet.

        *authorization* is sent to this registry alone; a *body* goes where it is addressed to and no further.
        Raises NetworkError when no answer comes.
        """
        for _ in range(MAX_REDIRECTS + 1):
            own = urlsplit(url).netloc == self._access.host and url.startswith(self.base)
            secret = {"Authorization": authorization} if authorization and own else {}
            response = self._once(method, url, {"User-Agent": _AGENT, **headers, **secret}, body)
            target = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or not target or body:
                return response
            response.drain_conn()
            url = self._redirected(url, target)
        raise NetworkError(f'{method.title()} "{url}": stopped after {MAX_REDIRECTS} redirects')

    def close(self) -> None:
        """Hang up, also where an answer was not read to its end."""
        self._pool.clear()

    def elsewhere(
        self, method: str, url: str, headers: "dict[str, str]", body: bytes = b""
    ) -> BaseHTTPResponse:
        """The response of another server, one that gives tokens; redirects are not followed with secrets."""
        return self._once(method, url, {"User-Agent": _AGENT, **headers}, body)

    def _redirected(self, url: str, target: str) -> str:
        following = urljoin(url, target)
        scheme = urlsplit(following).scheme
        if scheme not in ("http", "https") or (url.startswith("https:") and scheme != "https"):
            raise NetworkError(f'Get "{url}": redirect to {following[:200]} refused')
        return following

    def _once(self, method: str, url: str, headers: "dict[str, str]", body: "Body") -> BaseHTTPResponse:
        """One request, made again after a wait when the server is busy or the connection fails."""
        # A file is taken up again by who sends it.
        attempts = self._access.attempts if isinstance(body, bytes) else 1
        for attempt in range(attempts):
            last = attempt == attempts - 1
            try:
                response = self._pool.request(
                    method,
                    url,
                    body=body or None,
                    headers=headers,
                    preload_content=False,
                    redirect=False,
                    decode_content=False,
                )
            except HTTPError as error:
                if last or not _is_passing(error):
                    said = f'{method.title()} "{url}": {_reason(error)}'
                    raise NetworkError(said, hint=_advice(error)) from error
                self.wait(attempt)
                continue
            if response.status not in _BUSY or last:
                return response
            pause = response.headers.get("Retry-After", "")
            response.drain_conn()
            self.wait(attempt, pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pool_for(self, scheme: str) -> urllib3.PoolManager:
        """Connections, through the proxy that the environment names, as curl reads it."""
        parts = urlsplit(f"//{self._access.host}")
        proxy = _proxy(scheme, parts.hostname or "", parts.netloc)
        options: dict[str, Any] = {"timeout": _TIMEOUT, "retries": False, "maxsize": 4, "blocksize": _CHUNK}
        if scheme == "https":
            options["ssl_context"] = self._context
        if proxy:
            return urllib3.ProxyManager(proxy, **options)
        return urllib3.PoolManager(**options)

    def chunks(
        self, url: str, size: int, ask: "Callable[[str, dict[str, str]], BaseHTTPResponse]", at: int = 0
    ) -> "Iterator[bytes]":
        """The *size* bytes at *url*, from byte *at*, a broken transfer taken up where it broke.

        *ask* makes each request.

        Raises CorruptError when the server sends more than it promised, NetworkError when it cannot go on.
        """
        failures = 0
        while at < size:
            before = at
            why = f"ended after {at} of {size} bytes"
            try:
                for chunk in _body(ask(url, {"Range": f"bytes={at}-"} if at else {}), at):
                    at += len(chunk)
                    if at > size:
                        raise CorruptError(f"{url}: more than the {size} bytes of its manifest were sent")
                    yield chunk
            except HTTPError as error:
                why = _reason(error)
            failures = 1 if at > before else failures + 1
            if at < size:
                if failures >= self._access.attempts:
                    raise NetworkError(f'Get "{url}": {why}')
                self.wait(failures - 1)

    @property
    def attempts(self) -> int:
        """How often anything is tried."""
        return self._access.attempts

    def wait(self, attempt: int, told: str = "") -> None:
        """Pause before trying again: what the server told (seconds), what was asked for, or ever longer."""
        usual = _FIRST * 2 ** min(attempt, 10) if self._access.pause is None else self._access.pause
        time.sleep(min(int(told) if told.isdigit() else usual, LONGEST))


def _body(response: BaseHTTPResponse, at: int) -> "Iterator[bytes]":
    """The body of *response* from byte *at*: a server that ignores Range sends all of it again."""
    skip = 0 if response.status == 206 else at
    whole = False
    try:
        while chunk := response.read(_CHUNK, decode_content=False):
            if skip >= len(chunk):
                skip -= len(chunk)
                continue
            yield chunk[skip:]
            skip = 0
        whole = True
    finally:
        if whole:
            response.release_conn()
        else:
            response.close()  # what was not read must not be taken for the next answer


def is_loopback(host: str) -> bool:
    """Whether *host* (`name[:port]`) is this machine itself: `localhost`, 127.0.0.0/8 or [::1]."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_passing(error: HTTPError) -> bool:
    """Whether trying again may help: not for a refused connection, an unknown name or a bad certificate."""
    text = str(error)
    lasting = ("refused", "not known", "NameResolution", "No address", "Name or service")
    return not isinstance(error, SSLError) and not any(words in text for words in lasting)


def _reason(error: HTTPError) -> str:
    reason = getattr(error, "reason", None) or error
    text = str(reason)
    text = text.rpartition("object at ")[2].partition(">: ")[2] or text
    return text.partition("): ")[2] if text.startswith(("HTTPConnection(", "HTTPSConnection(")) else text


def _advice(error: HTTPError) -> str:
    if isinstance(error, SSLError) or "SSL" in str(error) or "certificate" in str(error):
        return "the registry speaks no TLS, or its certificate is not trusted here"
    return "is the registry's name right, and is it running?"


def _tls(access: Access) -> "ssl.SSLContext | None":
    """What to trust and to show over TLS; None when TLS is not spoken."""
    if "https" not in access.schemes:
        return None
    import ssl

    context = ssl.create_default_context()
    if not access.verify:
        urllib3.disable_warnings()  # it was asked for
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        for file in access.authorities:
            context.load_verify_locations(file)
        if access.client:
            context.load_cert_chain(access.client, access.key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join((*access.authorities, access.client, access.key))
        raise NetworkError(f"cannot use the certificates for {access.host}: {error} ({files})") from error
    return context


def _proxy(scheme: str, host: str, netloc: str) -> str:
    environ = os.environ
    proxy = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") or ""
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if not proxy or is_loopback(netloc):
        return ""
    for name in exempt.replace(",", " ").split():
        if name == "*" or host == name.lstrip(".") or host.endswith("." + name.lstrip(".")):
            return ""
    return proxy if "://" in proxy else f"http://{proxy}"
