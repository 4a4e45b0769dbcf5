"""HTTP for registries: which scheme, which redirects, which waits; what to hide from whom.

urllib3 keeps the connections; redirects are followed here, because a token must not travel to another
host (CVE-2020-15157) and nothing that began over TLS may go on without it.
"""

import os
import time
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import BaseHTTPResponse

from pyker.base.errors import CorruptError, PykerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_REDIRECTS = 5
ATTEMPTS = 5
_TIMEOUT = urllib3.Timeout(connect=15.0, read=60.0)  # a stalled transfer is dropped, and taken up again
_BUSY = (408, 429, 500, 502, 503, 504)
_CHUNK = 1 << 20
_AGENT = "pyker"


class NetworkError(PykerError):
    """The other side cannot be reached, or broke off."""


class Transport:
    """Requests to one registry at *host* (`name[:port]`); *insecure* ones are spoken to over plain HTTP."""

    def __init__(self, host: str, *, insecure: bool) -> None:
        self.base = f"{'http' if insecure else 'https'}://{host}"
        self._host = host
        self._pool = _pool_for(self.base)

    def get(self, url: str, headers: "dict[str, str]", *, authorization: str = "") -> BaseHTTPResponse:
        """The response to GET *url*, redirects followed, body not read yet.

        *authorization* is sent to this registry alone. Raises NetworkError when no answer comes.
        """
        for _ in range(MAX_REDIRECTS + 1):
            own = urlsplit(url).netloc == self._host and url.startswith(self.base)
            secret = {"Authorization": authorization} if authorization and own else {}
            response = self._once(url, {"User-Agent": _AGENT, **headers, **secret})
            target = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or not target:
                return response
            response.drain_conn()
            url = self._redirected(url, target)
        raise NetworkError(f'Get "{url}": stopped after {MAX_REDIRECTS} redirects')

    def _redirected(self, url: str, target: str) -> str:
        following = urljoin(url, target)
        scheme = urlsplit(following).scheme
        if scheme not in ("http", "https") or (url.startswith("https:") and scheme != "https"):
            raise NetworkError(f'Get "{url}": redirect to {following[:200]} refused')
        return following

    def _once(self, url: str, headers: "dict[str, str]") -> BaseHTTPResponse:
        """One request, made again after a wait when the server is busy or the connection fails."""
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            try:
                response = self._pool.request(
                    "GET",
                    url,
                    headers=headers,
                    preload_content=False,
                    redirect=False,
                    decode_content=False,
                )
            except HTTPError as error:
                if last or not _is_passing(error):
                    raise NetworkError(f'Get "{url}": {_reason(error)}', hint=_advice(error)) from error
                wait(attempt)
                continue
            if response.status not in _BUSY or last:
                return response
            pause = response.headers.get("Retry-After", "")
            response.drain_conn()
            wait(attempt, pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def chunks(
        self, url: str, size: int, ask: "Callable[[str, dict[str, str]], BaseHTTPResponse]"
    ) -> "Iterator[bytes]":
        """The *size* bytes at *url*, a broken transfer taken up where it broke; *ask* makes each request.

        Raises CorruptError when the server sends more than it promised, NetworkError when it cannot go on.
        """
        at = failures = 0
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
                if failures >= ATTEMPTS:
                    raise NetworkError(f'Get "{url}": {why}')
                wait(failures - 1)


def _body(response: BaseHTTPResponse, at: int) -> "Iterator[bytes]":
    """The body of *response* from byte *at*: a server that ignores Range sends all of it again."""
    skip = 0 if response.status == 206 else at
    try:
        while chunk := response.read(_CHUNK, decode_content=False):
            if skip >= len(chunk):
                skip -= len(chunk)
                continue
            yield chunk[skip:]
            skip = 0
    finally:
        response.release_conn()


def wait(attempt: int, told: str = "") -> None:
    """Pause before trying again: what the server told (seconds), else 0.25 s, doubled each time."""
    time.sleep(min(int(told), 30) if told.isdigit() else 0.25 * 2**attempt)


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


def _pool_for(base: str) -> urllib3.PoolManager:
    """Connections, through the proxy that the environment names for *base*, as curl reads it."""
    parts = urlsplit(base)
    proxy = _proxy(parts.scheme, parts.hostname or "", parts.netloc)
    options = {"timeout": _TIMEOUT, "retries": False, "maxsize": 4}
    if proxy:
        return urllib3.ProxyManager(proxy, **options)  # type: ignore[arg-type]
    return urllib3.PoolManager(**options)  # type: ignore[arg-type]


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
