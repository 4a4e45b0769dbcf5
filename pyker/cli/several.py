"""One act on each of several things: go on after a failure, report each, fail at the end."""

from pyker.base.errors import PykerError
from pyker.cli.output import complain, explained, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def each(words: "Iterable[str]", act: "Callable[[str], object]", *, echo: bool = True) -> int:
    """*act* on every word, which is printed when done unless *act* says False; 1 when one failed, else 0."""
    failed = 0
    for word in words:
        try:
            done = act(word)
        except PykerError as error:
            complain(explained(error))
            failed = 1
        else:
            if echo and done is not False:
                say(word)
    return failed
