"""`search`: images in a registry by a word, and the tags of a repository."""

from urllib.parse import urlencode

from pyker.base import jsonfile
from pyker.base.errors import CorruptError, InvalidError
from pyker.base.home import Home
from pyker.base.value import Value
from pyker.image.authorization import read_document
from pyker.image.registries import Registries, Source
from pyker.image.registry import Wishes, access_to, repositories, texts
from pyker.image.transport import NetworkError, Transport
from pyker.model.reference import DEFAULT_DOMAIN, parse_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HUB_SEARCH = "index.docker.io"
MOST = 100
_MAX_ANSWER = 8 << 20


class Match(Value):
    """A repository that was found."""

    name: str
    description: str = ""
    stars: int = 0
    official: bool = False


def list_tags(home: Home, name: str, wishes: Wishes) -> "list[str]":
    """The tags of repository *name* at its registry; NotFoundError when it has none such."""
    return repositories(home, parse_repository(name), wishes)[-1].tags()


def search(home: Home, term: str, wishes: Wishes, *, limit: int) -> "list[Match]":
    """At most *limit* repositories that *term* finds; `host/word` asks that registry, a word Docker Hub.

    A registry without a search of its own is asked for its catalogue. Raises NetworkError.
    """
    if not 1 <= limit <= MOST:
        raise InvalidError(f"Limit {limit} is outside the range of [1, {MOST}]")
    head, slash, rest = term.partition("/")
    named = bool(slash) and ("." in head or ":" in head or head == "localhost")
    host, word = (head, rest) if named else (HUB_SEARCH, term)
    registries = Registries(home)
    source = Source(host, "", registries.is_insecure(host))
    transport = Transport(access_to(registries, source, wishes))
    prefix = f"{host}/" if named else ""
    found = _by_search(transport, word, limit)
    if found is None:
        found = _by_catalogue(transport, word)
    return [match.replace(name=prefix + match.name) for match in found[:limit]]


def _by_search(transport: Transport, word: str, limit: int) -> "list[Match] | None":
    """By the search that Docker Hub and older registries have; None where there is none."""
    url = f"{transport.base}/v1/search?{urlencode({'q': word, 'n': limit})}"
    response = transport.request("GET", url, {})
    data = read_document(response, "search", _MAX_ANSWER)
    if response.status == 404:
        return None
    if response.status != 200:
        raise NetworkError(f'Get "{url}": the registry answered {response.status}')
    try:
        return [_match(entry) for entry in jsonfile.loads(data)["results"]]
    except (ValueError, KeyError, TypeError):
        raise CorruptError("the registry's answer to a search is damaged") from None


def _match(entry: "dict[str, Any]") -> Match:
    description = " ".join(str(entry.get("description") or "").split())
    return Match(
        str(entry["name"]), description, int(entry.get("star_count") or 0), bool(entry.get("is_official"))
    )


def _by_catalogue(transport: Transport, word: str) -> "list[Match]":
    """Every repository of the registry whose name holds *word*."""
    url = f"{transport.base}/v2/_catalog"
    response = transport.request("GET", url, {})
    data = read_document(response, "catalogue", _MAX_ANSWER)
    if response.status != 200:
        raise NetworkError(
            f'Get "{url}": the registry answered {response.status}', hint="it has no search, and no catalogue"
        )
    return [Match(name) for name in texts(data, "repositories") if word in name]


def full_name(name: str) -> str:
    """The name of a repository as it is written in a listing of tags."""
    reference = parse_repository(name)
    return reference.familiar_name if reference.domain == DEFAULT_DOMAIN else reference.name
