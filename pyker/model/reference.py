"""Image names: `[host[:port]/]path[:tag][@digest]`, by the grammar of distribution/reference.

Parsed by hand, character sets instead of regular expressions, because this is on the path of `run`.
"""

from pyker.base.errors import InvalidError
from pyker.base.value import Value

DEFAULT_DOMAIN = "docker.io"
DEFAULT_TAG = "latest"
_OFFICIAL = "library/"
_LEGACY_DOMAIN = "index.docker.io"
MAX_NAME = 255
MAX_TAG = 128

_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdef")
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_WORD = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_TAG = _WORD | frozenset(".-")
_HOST = (_WORD - frozenset("_")) | frozenset("-")
_ADDRESS = _HEX | frozenset("ABCDEF:")


class Reference(Value):
    """The name of an image, complete: *domain* and *path* always set, *tag* and *digest* when said."""

    domain: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The repository, `docker.io/library/debian`."""
        return f"{self.domain}/{self.path}"

    @property
    def familiar_name(self) -> str:
        """The repository as people write it, `debian`."""
        if self.domain != DEFAULT_DOMAIN:
            return self.name
        return self.path.removeprefix(_OFFICIAL) if self.path.count("/") == 1 else self.path

    @property
    def canonical(self) -> str:
        """The full name with tag and digest, `docker.io/library/debian:latest`."""
        return self.name + self._suffix()

    @property
    def familiar(self) -> str:
        """The full name as people write it, `debian:latest`."""
        return self.familiar_name + self._suffix()

    def tagged(self) -> "Reference":
        """The same, with tag `latest` when neither tag nor digest was said."""
        return self if self.tag or self.digest else self.replace(tag=DEFAULT_TAG)

    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{tag}@{self.digest}" if self.digest else tag


def parse_reference(text: str) -> Reference:
    """The image named by *text*, tag `latest` when it names neither tag nor digest.

    Raises InvalidError, in Docker's words, for text that is no reference.
    """
    return parse_repository(text).tagged()


def parse_repository(text: str) -> Reference:
    """As *parse_reference*, without a tag where *text* has none."""
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise _bad(text)
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    if colon and not is_tag(tag):
        raise _bad(text)
    domain, path = _split_domain(head + slash + last)
    _check_name(text, domain, path)
    return Reference(domain, path, tag, digest)


def split_canonical(name: str) -> Reference:
    """The parts of a canonical name pyker wrote itself; nothing is checked again."""
    rest, _, digest = name.partition("@")
    domain, _, path = rest.partition("/")
    path, _, tag = path.partition(":")
    return Reference(domain, path, tag, digest)


def is_tag(text: str) -> bool:
    """Whether *text* is `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`."""
    return 0 < len(text) <= MAX_TAG and text[0] in _WORD and _TAG.issuperset(text)


def is_digest(text: str) -> bool:
    """Whether *text* is `sha256:` and 64 lower-case hexadecimal digits, the one algorithm pyker stores by."""
    return len(text) == 71 and text.startswith("sha256:") and _HEX.issuperset(text[7:])


def _split_domain(name: str) -> "tuple[str, str]":
    """The registry and the path below it: a first part with '.', ':' or capitals, or `localhost`, is one."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first.lower() != first):
        domain, path = (DEFAULT_DOMAIN if first == _LEGACY_DOMAIN else first), rest
    else:
        domain, path = DEFAULT_DOMAIN, name
    if domain == DEFAULT_DOMAIN and "/" not in path:
        path = _OFFICIAL + path
    return domain, path


def _check_name(text: str, domain: str, path: str) -> None:
    if path.lower() != path and _is_path(path.lower()):
        raise _bad(text, f"repository name ({path.removeprefix(_OFFICIAL)}) must be lowercase")
    if not _is_domain(domain) or not _is_path(path):
        raise _bad(text)
    if len(path.removeprefix(_OFFICIAL)) > MAX_NAME:
        raise _bad(text, f"repository name must not be more than {MAX_NAME} characters")
    if len(path) == 64 and _HEX.issuperset(path):
        raise _bad(text, f"invalid repository name ({path}), cannot specify 64-byte hexadecimal strings")
    bare = path.removeprefix(_OFFICIAL)
    if domain == DEFAULT_DOMAIN and len(bare) == 64 and _HEX.issuperset(bare):
        raise _bad(text, f"invalid repository name ({bare}), cannot specify 64-byte hexadecimal strings")


def _is_domain(domain: str) -> bool:
    if domain.startswith("["):
        host, bracket, port = domain[1:].partition("]")
        return bool(host and bracket) and _ADDRESS.issuperset(host) and (not port or _is_port(port))
    host, colon, port = domain.partition(":")
    labels = host.split(".")
    return all(_is_label(label) for label in labels) and (not colon or _is_port(":" + port))


def _is_label(label: str) -> bool:
    return bool(label) and _HOST.issuperset(label) and label[0] != "-" and label[-1] != "-"


def _is_port(text: str) -> bool:
    return text[0] == ":" and 1 <= len(text) - 1 <= 5 and _DIGITS.issuperset(text[1:])


def _is_path(path: str) -> bool:
    return all(_is_component(part) for part in path.split("/"))


def _is_component(part: str) -> bool:
    """Runs of a-z0-9 joined by '.', '_', '__' or any number of '-'."""
    if not part or part[0] not in _LOWER or part[-1] not in _LOWER:
        return False
    separator = ""
    for sign in part:
        if sign not in _LOWER:
            separator += sign
        elif separator:
            if separator not in (".", "_", "__") and separator.strip("-"):
                return False
            separator = ""
    return True


def _bad(text: str, why: str = "") -> InvalidError:
    if why:
        return InvalidError(f"invalid reference format: {why}", hint=f"you typed {text!r}")
    return InvalidError(
        "invalid reference format", hint=f"{text!r} is not [HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST]"
    )
