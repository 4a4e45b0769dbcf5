"""The registry's side of a pull: OCI distribution-spec, read half, for public repositories.

Everything a registry says is checked: documents are bounded and hashed, digests well-formed, layers
verified by who reads them. Layers are fetched from the registry alone; `urls` in a manifest are not
followed.
"""

import threading
from urllib.parse import quote, urlencode, urlsplit

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, NotFoundError, PykerError
from pyker.base.value import Value
from pyker.image.blobs import MAX_DOCUMENT, digest_of
from pyker.image.manifest import ACCEPTED
from pyker.image.transport import NetworkError, Transport, is_loopback
from pyker.model.digest import Descriptor
from pyker.model.reference import DEFAULT_DOMAIN, Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HOSTS = {DEFAULT_DOMAIN: "registry-1.docker.io"}
_MAX_TOKEN = 1 << 20


class Fetched(Value):
    """A manifest or index as a registry sent it: its bytes, digest and media type."""

    data: bytes
    digest: str
    media_type: str


class Repository:
    """The repository of *reference* at its registry; may be asked by several threads at once."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        host = _HOSTS.get(reference.domain, reference.domain)
        self._transport = Transport(host, insecure=is_loopback(host))
        self._url = f"{self._transport.base}/v2/{quote(reference.path)}"
        self._authorization = ""
        self._lock = threading.Lock()

    def manifest(self, wanted: str) -> Fetched:
        """The manifest or index tagged, or with digest, *wanted*; NotFoundError when there is none.

        Raises CorruptError when its bytes are not what was asked for, or what the registry says they are.
        """
        response = self._get(f"{self._url}/manifests/{wanted}", {"Accept": ", ".join(ACCEPTED)})
        data = _document(response, f"manifest {wanted}", MAX_DOCUMENT)
        digest = digest_of(data)
        told = response.headers.get("Docker-Content-Digest", digest)
        expected = wanted if ":" in wanted else told
        if digest != expected:
            raise CorruptError(f"digest mismatch: manifest {wanted} is {digest}, expected {expected[:100]}")
        return Fetched(data, digest, response.headers.get("Content-Type", ""))

    def document(self, descriptor: Descriptor) -> bytes:
        """The small blob of *descriptor*, verified."""
        if descriptor.size > MAX_DOCUMENT:
            raise CorruptError(f"{descriptor.digest} of {descriptor.size} bytes is too large for a document")
        data = _document(self._get(self._blob(descriptor), {}), descriptor.digest, descriptor.size)
        if digest_of(data) != descriptor.digest:
            raise CorruptError(f"digest mismatch: expected {descriptor.digest}, got {digest_of(data)}")
        return data

    def chunks(self, descriptor: Descriptor) -> "Iterator[bytes]":
        """The bytes of the blob of *descriptor* as they arrive; the reader must verify them."""
        return self._transport.chunks(self._blob(descriptor), descriptor.size, self._get)

    def _blob(self, descriptor: Descriptor) -> str:
        return f"{self._url}/blobs/{descriptor.digest}"

    def _get(self, url: str, headers: "dict[str, str]") -> BaseHTTPResponse:
        """GET *url*, with an anonymous token when the registry asks for one; what fails is raised."""
        authorization = self._authorization
        response = self._transport.get(url, headers, authorization=authorization)
        if response.status == 401:
            challenge = response.headers.get("WWW-Authenticate", "")
            response.drain_conn()
            with self._lock:
                if self._authorization == authorization:
                    self._authorization = self._token(challenge)
            response = self._transport.get(url, headers, authorization=self._authorization)
        if response.status not in (200, 206):
            raise self._refusal(response, url)
        return response

    def _token(self, challenge: str) -> str:
        """An anonymous token by the distribution-spec's token flow; PykerError when a login is wanted."""
        scheme, _, rest = challenge.partition(" ")
        fields = parse_challenge(rest)
        realm = fields.pop("realm", "")
        secure = self._transport.base.startswith("https:")
        if scheme.lower() != "bearer" or urlsplit(realm).scheme not in (
            ("https",) if secure else ("http", "https")
        ):
            raise self._denied()
        query = {"scope": f"repository:{self._reference.path}:pull"}
        query |= {key: fields[key] for key in ("service", "scope") if key in fields}
        response = self._transport.get(f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}", {})
        if response.status != 200:
            response.drain_conn()
            raise self._denied()
        try:
            answer = jsonfile.loads(_document(response, "token", _MAX_TOKEN))
        except ValueError as error:
            raise CorruptError(f"the registry's token is damaged: {error}") from error
        token = answer.get("token") or answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise CorruptError("the registry's token is damaged")
        return f"Bearer {token}"

    def _refusal(self, response: BaseHTTPResponse, url: str) -> PykerError:
        """Docker's words for an answer that is no success."""
        try:
            said = _said(_document(response, "error", _MAX_TOKEN))
        except (PykerError, HTTPError):
            said = ""
        if response.status in (401, 403):
            return self._denied()
        if response.status == 404 and said.startswith("name unknown"):
            return NotFoundError(f"repository {self._reference.familiar_name} not found: {said}")
        if response.status == 404 and "/manifests/" in url:
            return NotFoundError(
                f"manifest for {self._reference.familiar} not found: {said or 'manifest unknown'}"
            )
        return NetworkError(f'Get "{url}": the registry answered {response.status} {said}'.rstrip())

    def _denied(self) -> PykerError:
        name = self._reference.familiar_name
        return PykerError(
            f"pull access denied for {name}, repository does not exist or may require 'pyker login'",
            hint="is the name spelled right?",
        )


def parse_challenge(text: str) -> "dict[str, str]":
    """The `key="value", …` of a WWW-Authenticate header (RFC 9110, 11.2)."""
    import re

    pairs = re.findall(r'([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', text[:4096])
    return {key.lower(): quoted or plain for key, quoted, plain in pairs}


def _document(response: BaseHTTPResponse, what: str, limit: int) -> bytes:
    """A whole body of at most *limit* bytes."""
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


def _said(data: bytes) -> str:
    """The first error of the registry's JSON, "manifest unknown: manifest unknown" as Docker spells it."""
    try:
        first = jsonfile.loads(data)["errors"][0]
        words = f"{str(first.get('code', '')).lower().replace('_', ' ')}: {first.get('message', '')}"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""
    return "".join(sign for sign in words[:300] if sign.isprintable())
