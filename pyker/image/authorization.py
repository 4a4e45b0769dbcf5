"""The right to use a repository: basic authentication, or a token by the distribution-spec's token flow."""

import threading
from urllib.parse import urlencode, urlsplit

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, PykerError
from pyker.image.credentials import Credential
from pyker.image.transport import NetworkError, Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.image.transport import Body

MAX_TOKEN = 1 << 20
CLIENT = "pyker"


class DeniedError(PykerError):
    """The registry wants a login, another one, or grants this one not so much."""


class Authorized:
    """Requests to one registry with what it wants to see, for *scopes* such as `repository:a/b:pull`."""

    def __init__(
        self, transport: Transport, credential: "Credential | None", scopes: "tuple[str, ...]"
    ) -> None:
        self._transport = transport
        self._credential = credential
        self._scopes = scopes
        self.writes = any("push" in scope for scope in scopes)
        self._header = ""
        self._lock = threading.Lock()

    def request(
        self, method: str, url: str, headers: "dict[str, str]", body: "Body" = b""
    ) -> BaseHTTPResponse:
        """The response; on 401 once more with a fresh token (one that has expired is renewed so)."""
        header = self._header
        start = 0 if isinstance(body, bytes) else body.tell()
        response = self._transport.request(method, url, headers, authorization=header, body=body)
        if response.status != 401:
            return response
        challenge = response.headers.get("WWW-Authenticate", "")
        response.drain_conn()
        with self._lock:
            if self._header == header:
                self._header = self._answer(challenge)
        if not isinstance(body, bytes):
            body.seek(start)
        return self._transport.request(method, url, headers, authorization=self._header, body=body)

    def _answer(self, challenge: str) -> str:
        """The Authorization that *challenge* (RFC 9110, 11.6.1) asks for; DeniedError when we have none."""
        scheme, _, rest = challenge.partition(" ")
        fields = parse_challenge(rest)
        if scheme.lower() == "basic" and self._credential:
            return self._credential.basic()
        realm = fields.get("realm", "")
        secure = self._transport.base.startswith("https:")
        allowed = ("https",) if secure else ("http", "https")
        if scheme.lower() != "bearer" or urlsplit(realm).scheme not in allowed:
            raise DeniedError("401 Unauthorized")
        return f"Bearer {self._token(realm, fields)}"

    def _token(self, realm: str, fields: "dict[str, str]") -> str:
        scopes = self._scopes or tuple(fields.get("scope", "").split())
        credential = self._credential
        if credential and credential.identity_token:
            response = self._refresh(realm, fields.get("service", ""), scopes, credential)
        else:
            response = self._ask(realm, fields.get("service", ""), scopes, credential)
        if response.status != 200:
            response.drain_conn()
            raise DeniedError(f"{response.status} {response.reason}")
        return _read_token(response)

    def _ask(
        self, realm: str, service: str, scopes: "tuple[str, ...]", credential: "Credential | None"
    ) -> BaseHTTPResponse:
        query = [("scope", scope) for scope in scopes]
        if service:
            query.append(("service", service))
        if credential:
            query.append(("account", credential.username))
        url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
        secret = {"Authorization": credential.basic()} if credential else {}
        return self._transport.elsewhere("GET", url, secret)

    def _refresh(
        self, realm: str, service: str, scopes: "tuple[str, ...]", credential: Credential
    ) -> BaseHTTPResponse:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credential.identity_token,
            "service": service,
            "client_id": CLIENT,
            "scope": " ".join(scopes),
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._transport.elsewhere("POST", realm, kind, urlencode(form).encode())


def _read_token(response: BaseHTTPResponse) -> str:
    try:
        answer = jsonfile.loads(read_document(response, "token", MAX_TOKEN))
    except ValueError as error:
        raise CorruptError(f"the registry's token is damaged: {error}") from error
    token = answer.get("token") or answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise CorruptError("the registry's token is damaged")
    return token


def parse_challenge(text: str) -> "dict[str, str]":
    """The `key="value", …` of a WWW-Authenticate header (RFC 9110, 11.2)."""
    import re

    pairs = re.findall(r'([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', text[:4096])
    return {key.lower(): quoted or plain for key, quoted, plain in pairs}


def read_document(response: BaseHTTPResponse, what: str, limit: int) -> bytes:
    """A whole body of at most *limit* bytes; CorruptError when it is larger."""
    data = bytearray()
    try:
        while chunk := response.read(1 << 16, decode_content=False):
            data += chunk
            if len(data) > limit:
                response.close()
                raise CorruptError(f"{what} is larger than the {limit} bytes allowed")
    except HTTPError as error:
        raise NetworkError(f"{what}: the transfer broke off: {error}") from error
    response.release_conn()
    return bytes(data)
