"""`pyker save`: images into an archive."""

import os

from pyker.base.errors import InvalidError, NotFoundError, PykerError
from pyker.cli.output import OUT
from pyker.engine.save import DIRECTORIES, save
from pyker.image.sink import DirectorySink, TarSink
from pyker.kernel.tree import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Save the images; a file or directory that did not become whole is not there."""
    format = arguments.text("format", "docker-archive")
    path = arguments.text("output")
    if format in DIRECTORIES:
        _save_directory(home, arguments.words, path, format)
    elif path:
        _save_file(home, arguments.words, path, format)
    else:
        _save_stream(home, arguments.words, OUT, format)
    return 0


def _save_stream(home: "Home", words: "tuple[str, ...]", descriptor: int, format: str) -> None:
    if os.isatty(descriptor):
        raise InvalidError(
            "cowardly refusing to save to a terminal",
            hint="use the -o flag or redirect: pyker save IMAGE > FILE",
        )
    sink = TarSink(descriptor)
    save(home, words, sink, format)
    sink.close()


def _save_file(home: "Home", words: "tuple[str, ...]", path: str, format: str) -> None:
    """Beside *path*, then in its place; what is no regular file (a pipe, /dev/null) is written to."""
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb", buffering=0) as file:
            _save_stream(home, words, file.fileno(), format)
        return
    path = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(path)):
        raise NotFoundError(f"{path}: no such file or directory", hint="the directory must exist")
    aside = f"{path}.{os.getpid()}.tmp"
    with open(aside, "xb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        try:
            _save_stream(home, words, file.fileno(), format)
            os.rename(aside, path)
        except BaseException:
            os.unlink(aside)
            raise


def _save_directory(home: "Home", words: "tuple[str, ...]", path: str, format: str) -> None:
    if not path:
        raise InvalidError(f"{format} is a directory, which needs a name", hint="give it with -o DIRECTORY")
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        raise PykerError(f"{path} exists already", hint="name a directory that does not exist") from None
    try:
        save(home, words, DirectorySink(path), format)
    except BaseException:
        remove_tree(path)
        raise
