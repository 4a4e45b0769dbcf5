"""A command line of `pyker-runtime` as a value, by the rules of Go's flag package, as runc's.

One dash or two, `--name value` or `--name=value`; options end at the first other word.
"""

from pyker.base.errors import InvalidError
from pyker.cli.runtime.table import FLAG, LIST, NAME, NUMBER, NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.runtime.table import Command, Option

_TRUTH = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


class UsageError(InvalidError):
    """The words do not fit the command; help is shown beside."""


class Given:
    """What was said: options by name, and the other words."""

    def __init__(self, options: "tuple[Option, ...]") -> None:
        self._known = {option.name: option for option in options}
        self._known |= {option.short: option for option in options if option.short}
        self._values: dict[str, list[str]] = {}
        self.words: list[str] = []

    def flag(self, name: str) -> bool:
        """Whether flag *name* was given and not denied."""
        return self._values.get(name, ["false"])[-1].lower() in ("1", "t", "true")

    def text(self, name: str) -> str:
        """The last value of *name*, or its default."""
        return self._values[name][-1] if name in self._values else self._known[name].default

    def texts(self, name: str) -> "list[str]":
        """All values of *name*."""
        return self._values.get(name, [])

    def number(self, name: str) -> int:
        """The value of a number, 0 when it was not given."""
        return int(self._values[name][-1], 0) if name in self._values else 0

    def has(self, name: str) -> bool:
        """Whether *name* was given."""
        return name in self._values

    def read(self, argv: "list[str]") -> None:
        """Take *argv* in; UsageError with Go's words for what is not known or does not fit."""
        rest = list(argv)
        while rest and rest[0].startswith("-") and rest[0] != "-":
            word = rest.pop(0)
            if word == "--":
                break
            self._take(word[2:] if word.startswith("--") else word[1:], rest)
        self.words = rest

    def _take(self, word: str, rest: "list[str]") -> None:
        name, sign, value = word.partition("=")
        option = self._known.get(name)
        if option is None:
            raise UsageError(f"flag provided but not defined: -{name}")
        if option.kind == FLAG:
            value = value if sign else "true"
            if value.lower() not in _TRUTH:
                raise UsageError(f'invalid boolean value "{value}" for -{name}: parse error')
        elif not sign:
            if not rest:
                raise UsageError(f"flag needs an argument: -{name}")
            value = rest.pop(0)
        if option.kind in (NUMBER, NUMBERS) and not _is_number(value):
            raise UsageError(f'invalid value "{value}" for flag -{name}: parse error')
        several = self._values.setdefault(option.name, [])
        if option.kind not in (LIST, NUMBERS):
            several.clear()
        several.append(value)


def _is_number(text: str) -> bool:
    try:
        int(text, 0)
    except ValueError:
        return False
    return True


def check_count(name: str, command: "Command", words: "list[str]") -> None:
    """UsageError in runc's words when *words* are too few or too many."""
    if command.least == command.most and len(words) != command.least:
        raise UsageError(f'{NAME}: "{name}" requires exactly {command.least} argument(s)')
    if len(words) < command.least:
        raise UsageError(f'{NAME}: "{name}" requires a minimum of {command.least} argument(s)')
    if len(words) > command.most >= 0:
        raise UsageError(f'{NAME}: "{name}" requires a maximum of {command.most} argument(s)')
