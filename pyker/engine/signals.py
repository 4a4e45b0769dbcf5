"""Signals by name or number, and sending them to a container's first process."""

import _signal

from pyker.base.errors import InvalidError
from pyker.kernel.process import send_signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.container import Container

_RTMIN, _RTMAX = 34, 64
_NUMBERS = {
    name[3:]: int(getattr(_signal, name))
    for name in dir(_signal)
    if name.startswith("SIG") and name[3:].isalnum()  # not SIG_DFL and its like
}


def signal_number(text: str) -> int:
    """The number of SIGTERM, TERM, 15, RTMIN+3 …; InvalidError for anything else."""
    word = text.upper().removeprefix("SIG")
    if word.isdigit() and 0 < int(word) <= _RTMAX:
        return int(word)
    if word in _NUMBERS:
        return _NUMBERS[word]
    for base, start in (("RTMIN+", _RTMIN), ("RTMAX-", -_RTMAX)):
        rest = word.removeprefix(base)
        if rest != word and rest.isdigit() and _RTMIN <= abs(start + int(rest)) <= _RTMAX:
            return abs(start + int(rest))
    if word in ("RTMIN", "RTMAX"):
        return {"RTMIN": _RTMIN, "RTMAX": _RTMAX}[word]
    raise InvalidError(f"Invalid signal: {text}", hint="kill -l lists the names")


def signal_container(container: "Container", number: int) -> bool:
    """Send signal *number* to the first process of *container*; False when it is gone."""
    run = container.run or {}
    return send_signal(run.get("pid", 0), run.get("started", 0), number)
