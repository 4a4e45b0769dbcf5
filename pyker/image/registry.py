"""A repository at a registry: OCI distribution-spec, for `pull` and `push`.

Everything a registry says is checked: documents are bounded and hashed, digests well-formed, layers
verified by who reads them. Layers are fetched from the registry alone; `urls` in a manifest are not
followed.
"""

from urllib.parse import quote, urljoin, urlsplit

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, NotFoundError, PykerError
from pyker.base.home import Home
from pyker.base.value import Value
from pyker.image.authorization import MAX_TOKEN, Authorized, DeniedError, read_document
from pyker.image.blobs import MAX_DOCUMENT, digest_of
from pyker.image.credentials import Credential, find_credential
from pyker.image.manifest import ACCEPTED
from pyker.image.registries import HUB, Registries, Source
from pyker.image.transport import Access, NetworkError, Transport, is_loopback
from pyker.model.digest import Descriptor
from pyker.model.reference import DEFAULT_DOMAIN, Reference

MAX_PAGES = 1000

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyker.image.transport import Body


class Wishes(Value):
    """What a command line says of registries, over what the machine's files say."""

    tls_verify: "bool | None" = None
    cert_dir: str = ""
    authfile: str = ""
    credential: "Credential | None" = None
    retries: "int | None" = None
    retry_delay: "float | None" = None  # seconds


class Fetched(Value):
    """A manifest or index as a registry sent it: its bytes, digest and media type."""

    data: bytes
    digest: str
    media_type: str


def access_to(registries: Registries, source: Source, wishes: Wishes) -> Access:
    """How to speak to the host of *source*.

    This machine itself may answer in plain HTTP, as Docker has it, unless certificates for it are here.
    """
    own = registries.certificates(source.host, wishes.cert_dir)
    verify, schemes = True, ("https",)  # type: bool, tuple[str, ...]
    if wishes.tls_verify is False or (wishes.tls_verify is None and source.insecure):
        verify, schemes = False, ("https", "http")
    elif wishes.tls_verify is None and is_loopback(source.host):
        verify, schemes = bool(own.authorities), ("http", "https")
    access = Access(source.host, schemes, verify, own.authorities, own.client, own.key)
    if wishes.retries is not None:
        access = access.replace(attempts=wishes.retries + 1)
    return access.replace(pause=wishes.retry_delay)


def repositories(
    home: Home, reference: Reference, wishes: Wishes, *, actions: str = "pull", more: "tuple[str, ...]" = ()
) -> "list[Repository]":
    """Where to look for *reference*, mirrors first; for a push the registry alone, and rights on *more*."""
    registries = Registries(home)
    sources = registries.sources(reference)
    found = []
    for source in sources if actions == "pull" else sources[-1:]:
        scopes = (f"repository:{source.path}:{actions}", *(f"repository:{path}:pull" for path in more))
        transport = Transport(access_to(registries, source, wishes))
        credential = wishes.credential
        if source.mirror or credential is None:
            domain = source.host if source.mirror else reference.domain
            credential = find_credential(home, domain, reference.path, authfile=wishes.authfile)
        found.append(Repository(reference, source, transport, Authorized(transport, credential, scopes)))
    return found


def check_login(home: Home, domain: str, wishes: Wishes) -> None:
    """Show *wishes.credential* to the registry *domain*; DeniedError when it is refused there.

    Raises NetworkError when the registry cannot be reached.
    """
    registries = Registries(home)
    host = HUB if domain == DEFAULT_DOMAIN else domain
    source = Source(host, "", registries.is_insecure(host))
    transport = Transport(access_to(registries, source, wishes))
    url = f"{transport.base}/v2/"
    try:
        response = Authorized(transport, wishes.credential, ()).request("GET", url, {})
        status, words = response.status, response.reason
        response.drain_conn()
    except DeniedError as error:
        raise DeniedError(f"login attempt to {url} failed with status: {error.message}") from None
    if status != 200:
        raise DeniedError(
            f"login attempt to {url} failed with status: {status} {words}", hint="name and password right?"
        )


class Repository:
    """The repository of *reference* as *source* has it; may be asked by several threads at once."""

    def __init__(
        self, reference: Reference, source: Source, transport: Transport, authorized: Authorized
    ) -> None:
        self._reference = reference
        self._source = source
        self.transport = transport
        self._authorized = authorized

    @property
    def url(self) -> str:
        """Where the repository's documents and blobs are."""
        return f"{self.transport.base}/v2/{quote(self._source.path)}"

    def manifest(self, wanted: str) -> Fetched:
        """The manifest or index tagged, or with digest, *wanted*; NotFoundError when there is none.

        Raises CorruptError when its bytes are not what was asked for, or what the registry says they are.
        """
        response = self._get(f"{self.url}/manifests/{wanted}", {"Accept": ", ".join(ACCEPTED)})
        data = read_document(response, f"manifest {wanted}", MAX_DOCUMENT)
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
        data = read_document(self._get(self._blob(descriptor), {}), descriptor.digest, descriptor.size)
        if digest_of(data) != descriptor.digest:
            raise CorruptError(f"digest mismatch: expected {descriptor.digest}, got {digest_of(data)}")
        return data

    def chunks(self, descriptor: Descriptor, at: int = 0) -> "Iterator[bytes]":
        """The bytes of the blob of *descriptor* from byte *at* as they arrive; the reader must verify all."""
        return self.transport.chunks(self._blob(descriptor), descriptor.size, self._get, at)

    def tags(self) -> "list[str]":
        """Every tag of the repository, as the registry orders them; NotFoundError when there is none such."""
        found: "list[str]" = []
        url = f"{self.url}/tags/list"
        for page in self._pages(url, "tags"):
            found += page
        return found

    def _pages(self, url: str, key: str) -> "Iterator[list[str]]":
        """The lists under *key*, page by page: see "Listing Tags" in the distribution-spec."""
        for _ in range(MAX_PAGES):
            response = self._get(url, {})
            yield texts(read_document(response, url, MAX_DOCUMENT), key)
            following = next_page(url, response.headers.get("Link", ""))
            if not following:
                return
            url = following
        raise CorruptError(f"{url}: more than the {MAX_PAGES} pages allowed")

    def _blob(self, descriptor: Descriptor) -> str:
        return f"{self.url}/blobs/{descriptor.digest}"

    def _get(self, url: str, headers: "dict[str, str]") -> BaseHTTPResponse:
        """GET *url*; what is no success is raised."""
        response = self.ask("GET", url, headers)
        if response.status not in (200, 206):
            raise self.refusal(response, url)
        return response

    def ask(self, method: str, url: str, headers: "dict[str, str]", body: "Body" = b"") -> BaseHTTPResponse:
        """The response, whatever it says; DeniedError, in Docker's words, when we have no right."""
        try:
            return self._authorized.request(method, url, headers, body)
        except DeniedError:
            raise self._denied() from None

    def refusal(self, response: BaseHTTPResponse, url: str) -> PykerError:
        """Docker's words for an answer that is no success."""
        try:
            said = _said(read_document(response, "error", MAX_TOKEN))
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
        if self._authorized.writes:
            return DeniedError(
                f"push access denied for {name}: denied: requested access to the resource is denied",
                hint=f"pyker login {self._reference.domain}, and is the repository yours?",
            )
        return DeniedError(
            f"pull access denied for {name}, repository does not exist or may require 'pyker login'",
            hint="is the name spelled right?",
        )


def texts(data: bytes, key: str) -> "list[str]":
    """The texts in the list *key* of a JSON answer; CorruptError when there is no such list."""
    try:
        found = jsonfile.loads(data)[key]
    except (ValueError, KeyError, TypeError):
        raise CorruptError(f"the registry's list of {key} is damaged") from None
    return [item for item in found or () if isinstance(item, str) and item.isprintable()]


def next_page(url: str, link: str) -> str:
    """Where a list goes on by its Link header (RFC 8288), on the same server; "" at its end."""
    target, _, rest = link.strip().partition(">")
    if not target.startswith("<") or "next" not in rest:
        return ""
    following = urljoin(url, target[1:])
    return following if urlsplit(following)[:2] == urlsplit(url)[:2] else ""


def _said(data: bytes) -> str:
    """The first error of the registry's JSON, "manifest unknown: manifest unknown" as Docker spells it."""
    try:
        first = jsonfile.loads(data)["errors"][0]
        words = f"{str(first.get('code', '')).lower().replace('_', ' ')}: {first.get('message', '')}"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""
    return "".join(sign for sign in words[:300] if sign.isprintable())
