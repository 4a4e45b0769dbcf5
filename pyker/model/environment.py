"""`-e`, `--env-file`, `-l` and `--label-file`: names with values."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FILE = 16 << 20
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")  # and in capitals


def variables(words: "Iterable[str]", files: "Iterable[str]") -> "tuple[str, ...]":
    """The "K=V" of files, then words; a bare K takes its value from our own environment, or is left out.

    Raises ValueError in Docker's words, OSError when a file cannot be read.
    """
    found = [line for path in files for line in read_lines(path, "env")]
    for word in words:
        if not word or word.startswith("="):
            raise ValueError(f"invalid environment variable: {word}")
        found.append(word)
    known = (word if "=" in word else _own(word) for word in found)
    return tuple(word for word in known if word)


def _own(name: str) -> str:
    value = os.environ.get(name)
    return "" if value is None else f"{name}={value}"


def inherited_variables(*, everything: bool) -> "tuple[str, ...]":
    """The "K=V" of our own environment: *everything*, or what names a proxy in either case."""
    names = os.environ if everything else (name for word in PROXIES for name in (word, word.upper()))
    return tuple(f"{name}={os.environ[name]}" for name in names if name in os.environ)


def merged(variables: "dict[str, str]", words: "Iterable[str]") -> "dict[str, str]":
    """*variables* with the "K=V" of *words*, where $NAME and ${NAME} in V are what *variables* says."""
    found = dict(variables)
    for word in words:
        name, _, value = word.partition("=")
        found[name] = _expanded(value, variables)
    return found


def _expanded(text: str, variables: "dict[str, str]") -> str:
    """As a shell does it between double quotes, for plain names; an unknown name stands for nothing."""
    before, *parts = text.split("$")
    done = [before]
    for part in parts:
        if part.startswith("{") and "}" in part:
            name, _, rest = part[1:].partition("}")
        else:
            count = next(
                (at for at, sign in enumerate(part) if not (sign == "_" or sign.isalnum())), len(part)
            )
            name, rest = part[:count], part[count:]
        done.append((variables.get(name, "") if name else "$") + rest)
    return "".join(done)


def labels(words: "Iterable[str]", files: "Iterable[str]") -> "tuple[tuple[str, str], ...]":
    """(key, value) of files, then words, the last of equal keys standing; ValueError in Docker's words."""
    found = {}
    for line in (line for path in files for line in read_lines(path, "label")):
        key, _, value = line.partition("=")
        found[key] = value
    for word in words:
        key, _, value = word.partition("=")
        if not key.strip():
            raise ValueError(f"invalid label '{word}': empty name")
        found[key] = value
    return tuple(found.items())


def read_lines(path: str, kind: str) -> "list[str]":
    """The lines of a file of names and values: comments and empty ones left out, values as they are."""
    lines = []
    for number, raw in enumerate(_read(path, kind).split(b"\n"), 1):
        line = raw.removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            text = line.decode().lstrip()
        except UnicodeDecodeError:
            raise ValueError(f"invalid {kind} file ({path}): invalid utf8 bytes at line {number}") from None
        if text and not text.startswith("#"):
            _check_name(text, path, kind)
            lines.append(text)
    return lines


def _read(path: str, kind: str) -> bytes:
    """All of a file, which may be a pipe: --env-file <(command)."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except (IsADirectoryError, PermissionError, FileNotFoundError, NotADirectoryError) as error:
        raise ValueError(f"open {path}: {(error.strerror or '').lower()}") from None
    if len(data) > MAX_FILE:
        raise ValueError(f"invalid {kind} file ({path}): larger than {MAX_FILE >> 20} MiB")
    return data


def _check_name(line: str, path: str, kind: str) -> None:
    name = line.partition("=")[0]
    if not name:
        raise ValueError(f"invalid {kind} file ({path}): no variable name on line '{line}'")
    if any(sign.isspace() for sign in name):
        raise ValueError(f"invalid {kind} file ({path}): variable '{name}' contains whitespaces")
