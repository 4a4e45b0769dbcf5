"""The writing half of the OCI distribution-spec: blobs sent whole, streamed, mounted, or found there."""

from urllib.parse import urlencode, urljoin

from urllib3.response import BaseHTTPResponse

from pyker.image.registry import Repository
from pyker.image.transport import NetworkError
from pyker.model.digest import Descriptor

EXISTS, PUSHED = "Layer already exists", "Pushed"
AT_ONCE = 8 << 20  # a blob up to this size goes in one request
_BYTES = {"Content-Type": "application/octet-stream"}


def send_blob(
    repository: Repository, descriptor: Descriptor, path: str, others: "tuple[str, ...]" = ()
) -> str:
    """Make the file *path* the blob of *descriptor* there; what was done, in Docker's words.

    A blob that one of the registry's repositories *others* has is mounted from there. Raises NetworkError.
    """
    if _has(repository, descriptor):
        return EXISTS
    for other in others:
        place = _begin(repository, {"mount": descriptor.digest, "from": other})
        if not place:
            return f"Mounted from {other}"
    place = _begin(repository, {})
    if descriptor.size <= AT_ONCE:
        with open(path, "rb") as file:
            _finish(repository, place, descriptor, file.read())
    else:
        _finish(repository, _stream(repository, place, descriptor, path), descriptor, b"")
    return PUSHED


def _has(repository: Repository, descriptor: Descriptor) -> bool:
    url = f"{repository.url}/blobs/{descriptor.digest}"
    response = repository.ask("HEAD", url, {})
    response.drain_conn()
    if response.status in (200, 404):
        return response.status == 200
    raise repository.refusal(response, url)


def _begin(repository: Repository, query: "dict[str, str]") -> str:
    """Where to send a blob; "" when it was mounted."""
    url = f"{repository.url}/blobs/uploads/" + (f"?{urlencode(query)}" if query else "")
    response = repository.ask("POST", url, {"Content-Length": "0"})
    response.drain_conn()
    if response.status == 201 and query:
        return ""
    return _next(repository, response, url)


def _next(repository: Repository, response: BaseHTTPResponse, url: str) -> str:
    """The place of the next request of an upload; what is no success is raised."""
    place = response.headers.get("Location", "")
    if response.status not in (202, 204) or not place:
        raise repository.refusal(response, url)
    following = urljoin(url, place)
    if not following.startswith(("https:", "http:")) or (
        url.startswith("https:") and following.startswith("http:")
    ):
        raise NetworkError(f"the registry wants the blob at {following[:200]}: refused")
    return following


def _stream(repository: Repository, place: str, descriptor: Descriptor, path: str) -> str:
    """Send a large blob in one stream, taken up again where it broke; where to finish it."""
    at = failures = 0
    with open(path, "rb") as file:
        while at < descriptor.size:
            file.seek(at)
            left = descriptor.size - at
            headers = {**_BYTES, "Content-Length": str(left), "Content-Range": f"{at}-{descriptor.size - 1}"}
            try:
                response = repository.ask("PATCH", place, headers, file)
                response.drain_conn()
                return _next(repository, response, place)
            except NetworkError:
                failures += 1
                if failures >= repository.transport.attempts:
                    raise
            repository.transport.wait(failures - 1)
            before, (at, place) = at, _arrived(repository, place)
            failures = 1 if at > before else failures
    return place


def _arrived(repository: Repository, place: str) -> "tuple[int, str]":
    """How many bytes of an upload are there, and where it goes on; a registry may have dropped it."""
    response = repository.ask("GET", place, {})
    response.drain_conn()
    if response.status != 204:
        return 0, _begin(repository, {})
    last = response.headers.get("Range", "").rpartition("-")[2]
    return (int(last) + 1 if last.isdigit() and last != "0" else 0), _next(repository, response, place)


def _finish(repository: Repository, place: str, descriptor: Descriptor, body: bytes) -> None:
    url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': descriptor.digest})}"
    response = repository.ask("PUT", url, {**_BYTES, "Content-Length": str(len(body))}, body)
    response.drain_conn()
    if response.status != 201:
        raise repository.refusal(response, url)


def send_manifest(repository: Repository, data: bytes, media_type: str, name: str) -> None:
    """Make *data* the manifest *name* (a tag or its digest) there. Raises NetworkError."""
    url = f"{repository.url}/manifests/{name}"
    response = repository.ask("PUT", url, {"Content-Type": media_type}, data)
    if response.status != 201:
        raise repository.refusal(response, url)
    response.drain_conn()
